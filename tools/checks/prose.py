"""A bold number in the prose is a measured number (rule 3 of the book).

What counts as one number, in the prose and in the outputs alike:

- digits with an optional decimal point and exponent: 12, 0.0123, .5, 1e-05;
- commas between groups of three digits belong to it: 1,797 is not 1797;
- a percent sign, also after a space, belongs to it: 12.3% is not 12.3 and not 0.123;
- a minus belongs to it unless a letter, a digit or a closing bracket stands before it, so
  that 3-5 is two numbers; the typographic minus is the same as the hyphen; a plus is not
  part of it;
- the two sides of a ± are two numbers, each of which must stand in an output.

Then the two must be equal as typed: 0.50 is not 0.5. In outputs a number counts only if
it stands free, not as a part of a name or a version (float32, 2.21.0), and not in source
code that the page shows. In bold text every digit counts, except in code and formulas.
"""

import re
from math import inf

from tools.checks.pages import MARKDOWN, inline_tokens, output_texts

DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+"
SIGN = r"(?:(?<![\w)\].])[-\u2212])?"
EXPONENT = r"(?:[eE][-+\u2212]?[0-9]+)?"
PERCENT = r"(?:[ \u00a0\u202f]?%)?"
ANY_NUMBER = re.compile(f"{SIGN}(?:{DIGITS}){EXPONENT}{PERCENT}")
FREE_NUMBER = re.compile(
    rf"(?<![\w.]){SIGN}(?:{DIGITS}){EXPONENT}(?![0-9]|\.[0-9]|[eE][-+]?[0-9]){PERCENT}"
)
HTML_BOLD = re.compile(r"<(?:b|strong)\b", re.IGNORECASE)
CODE_BLOCK = re.compile(r"^(`{3,}|~{3,}).*?^\1", re.MULTILINE | re.DOTALL)


def normal(token):
    """Write a number token in one way: hyphen for minus, no space before percent."""
    return re.sub(r"\s", "", token.replace("\u2212", "-"))


def value(token):
    """Return a token's value, to tell which numbers are near."""
    return float(token.rstrip("%").replace(",", ""))


def bold_spans(source):
    """Return the text of each bold span of a Markdown text, code and formulas left out."""
    spans = []
    for tokens in inline_tokens(source):
        depth = 0
        for token in tokens:
            depth += token.nesting if token.type in ("strong_open", "strong_close") else 0
            if token.type == "strong_open" and depth == 1:
                spans.append("")
            elif depth and token.type == "text":
                spans[-1] += token.content
            elif depth:
                spans[-1] += " "
    return [span.strip() for span in spans]


def bold_not_rendered(source):
    """Return texts meant as bold that Markdown does not make bold (nothing checks them)."""
    found = []
    for token in MARKDOWN.parse(source):
        if token.type == "html_block" and (
            "**" in token.content or HTML_BOLD.search(token.content)
        ):
            found.append(token.content)
        for child in token.children or []:
            if child.type == "html_inline" and HTML_BOLD.search(child.content):
                found.append(token.content)
            elif child.type == "text" and "**" in child.content:
                found.append(child.content)
    return [" ".join(text.split())[:80] for text in found if re.search("[0-9]", text)]


def is_picture(output):
    """Return whether an output is a picture, below which its caption stands."""
    return "image/png" in output.get("data", {})


def output_numbers(page):
    """Return {number as printed: cell of its first appearance} over all stored outputs."""
    numbers, before = {}, None
    for cell, output in page.outputs():
        if is_picture(output) or (before is not None and is_picture(before)):
            before = output
            continue  # alt texts and captions are prose, too
        before = output
        for kind, text in output_texts(output).items():
            if kind == "text/markdown":
                text = CODE_BLOCK.sub("", text)
            for token in FREE_NUMBER.findall(text):
                numbers.setdefault(normal(token), cell)
    return numbers


def nearest(token, numbers, count=3):
    """Describe the numbers of the outputs that are nearest to a token."""

    def distance(other):
        gap = abs(value(other) - value(token))
        return gap if gap == gap else inf

    near = sorted(numbers, key=distance)[:count]
    return ", ".join(f"{other} in cell {numbers[other]}" for other in near)


def prose_problems(page):
    """Every number in bold stands in a stored output of the same page."""
    numbers, problems = output_numbers(page), []
    for cell, markdown in page.cells("markdown"):
        for span in bold_spans(markdown.source):
            for token in map(normal, ANY_NUMBER.findall(span)):
                if token not in numbers:
                    near = nearest(token, numbers) or "the page has no number in outputs"
                    text = (
                        f'bold "{span}": {token} stands in no stored output of this page; '
                        f"nearest: {near}"
                    )
                    problems.append(page.problem(text, cell))
        for text in bold_not_rendered(markdown.source):
            text = f"a number meant as bold that Markdown does not make bold: {text!r}"
            problems.append(page.problem(text, cell))
    return problems
