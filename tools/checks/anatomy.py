"""The order and the parts of a chapter, read from its Markdown."""

import re

from tools.checks.pages import MARKDOWN, headings, sections

FIRST = ["You will be able to", "What it needs"]
MAX_SECONDS = 60
LAST = ["Summary", "References"]
ANALOGY = "Where the analogy with the brain breaks"
QUESTION = "**Check your understanding**"
FOOTBIBLIOGRAPHY = re.compile(r"^(`{3,}|:{3,})\{footbibliography\}\s*^\1", re.MULTILINE)
DIRECTIVE = re.compile(r"^(?:`{3,}|:{3,})\{(?!footbibliography\})[^}]*\}", re.MULTILINE)
FOLDED = re.compile(
    r"<details>\s*<summary>(Answer|Solution)</summary>[ \t]*\n[ \t]*\n"
    r".*?\S.*?\n[ \t]*\n</details>",
    re.DOTALL,
)


def bullets(source):
    """Count the items of the lists of a Markdown text that are not inside other lists."""
    return sum(
        token.type == "list_item_open" and token.level == 1
        for token in MARKDOWN.parse(source)
    )


def title_problems(page):
    """One title, at the very beginning, and below it a paragraph with the question."""
    found = sections(page)
    titles = [section for section in found if section.level == 1]
    if len(titles) != 1 or found[1] is not titles[0] or found[0].parts:
        names = [section.title for section in titles]
        return [page.problem(f"must begin with its one title (# ...); has {names}", 1)]
    first = MARKDOWN.parse(titles[0].text())[:1]
    if not first or first[0].type != "paragraph_open":
        text = "the title must be followed by a paragraph: the question of the chapter"
        return [page.problem(text, titles[0].cell)]
    return []


def order_problems(page):
    """The fixed sections stand at their places; none is doubled or missing."""
    second = [section for section in sections(page) if section.level == 2]
    titles = [section.title for section in second]
    problems = []
    if titles[:2] != FIRST:
        problems.append(f"the first two sections must be {FIRST}; found {titles[:2]}")
    if titles[-2:] != LAST:
        problems.append(f"the last two sections must be {LAST}; found {titles[-2:]}")
    if titles.count("Exercises") != 1:
        problems.append(f"one section must be 'Exercises'; found {titles}")
    else:
        after = titles[titles.index("Exercises") + 1 : -2]
        if after not in ([], [ANALOGY]):
            text = f"between 'Exercises' and 'Summary' only {ANALOGY!r} may stand"
            problems.append(f"{text}; found {after}")
    return [page.problem(text) for text in problems]


def fixed_section_problems(page):
    """The fixed sections contain what they promise."""
    by_title = {s.title: s for s in sections(page) if s.level == 2}
    problems = []

    def expect(title, holds, text):
        section = by_title.get(title)  # order_problems tells of a missing section
        if section is not None and not holds(section.text()):
            problems.append(page.problem(f"section {title!r} {text}", section.cell))

    expect(FIRST[0], lambda text: 3 <= bullets(text) <= 5, "must have 3 to 5 bullets")
    expect(FIRST[1], bool, "must say in words what the chapter needs")
    expect(
        LAST[0], lambda text: bullets(text) > 0, "must have bullets that answer 'You will'"
    )
    expect(LAST[1], FOOTBIBLIOGRAPHY.search, "must hold a fenced {footbibliography}")
    return problems


def exercises(page):
    """Return the exercises of a page: each a section with everything below it."""
    found, inside = [], False
    for section in sections(page):
        if section.level <= 2:
            inside = section.title == "Exercises" and section.level == 2
        elif inside and section.level == 3:
            found.append(section)
        elif inside and found:
            found[-1].parts += section.parts
    return found


def exercise_problems(page):
    """At least two exercises, numbered, each solved; one by hand and one in code."""
    found, problems, kinds = exercises(page), [], set()
    if len(found) < 2:
        problems.append(page.problem(f"must have at least 2 exercises; has {len(found)}"))
    for number, exercise in enumerate(found, 1):
        if not re.fullmatch(rf"Exercise {number}: \S.*", exercise.title):
            text = f"must be titled '### Exercise {number}: ...'; is {exercise.title!r}"
            problems.append(page.problem(text, exercise.cell))
        kind = set()
        for _, cell_type, text, tags in exercise.parts:
            if cell_type == "code" and "solution" in tags:
                kind.add("code")
            if "Solution" in FOLDED.findall(text) and cell_type == "markdown":
                kind.add("text")
        if not kind:
            text = f"{exercise.title!r} has no solution before the next exercise or section"
            hint = "a <details> with <summary>Solution</summary>, or cells tagged solution"
            problems.append(page.problem(f"{text} ({hint})", exercise.cell))
        kinds |= kind
    if found and kinds != {"code", "text"}:
        text = "one exercise must have a solution in words and one a solution in code"
        problems.append(page.problem(f"{text}; there are only {sorted(kinds)}"))
    return problems


def question_problems(page):
    """Questions stand before the code that answers them, with a folded answer."""
    problems, count = [], 0
    cells = page.nb.cells
    for number, cell in page.cells("markdown"):
        if QUESTION not in cell.source:
            continue
        count += 1
        if not cell.source.startswith(QUESTION):
            text = f"a cell with {QUESTION} must begin with it"
            problems.append(page.problem(text, number))
        if "Answer" not in FOLDED.findall(cell.source):
            text = f"{QUESTION} has no answer in <details> with <summary>Answer</summary>"
            problems.append(page.problem(text, number))
        if not code_follows(cells[number:]):
            text = f"{QUESTION} must stand before the code cell that shows the result"
            problems.append(page.problem(text, number))
    if not count:
        problems.append(page.problem(f"has no cell that begins with {QUESTION}"))
    return problems


def code_follows(cells):
    """Return whether a code cell comes before the next section of level 1 or 2."""
    for cell in cells:
        if cell.cell_type == "code":
            return True
        if any(level <= 2 for level, *_ in headings(cell.source)):
            return False
    return False


def broken_formulas(source):
    """Return the lines that Markdown takes for a list item in the middle of a formula."""
    found = []
    source = re.sub(r"(?s)```.*?```|\$\$.*?\$\$|`[^`]*`", "", source)
    for paragraph in re.split(r"\n\s*\n", source):
        n_dollars = 0
        for line in paragraph.split("\n"):
            if n_dollars % 2 and re.match(r"\s*([-+*]|\d+[.)]) ", line):
                found.append(line.strip())
            n_dollars += len(re.findall(r"(?<!\\)\$", line))
    return found


def markup_problems(page):
    """Folded blocks and formulas are whole, and no directive shows raw in JupyterLab."""
    problems = []
    for number, cell in page.cells("markdown"):
        if cell.source.count("<details") != len(FOLDED.findall(cell.source)):
            text = (
                "a <details> needs <summary>Answer</summary> or Solution, an empty line "
                "after it, text, and an empty line before </details>"
            )
            problems.append(page.problem(text, number))
        for directive in DIRECTIVE.findall(cell.source):
            text = (
                f"only {{footbibliography}} may be a directive in a notebook: {directive}"
            )
            problems.append(page.problem(text, number))
        for line in broken_formulas(cell.source):
            text = f"a formula breaks where its line begins as a list item: {line[:50]}"
            problems.append(page.problem(text, number))
    return problems


def about_problems(page):
    """The metadata states minutes and covered topics."""
    minutes, covers = page.about.get("minutes"), page.about.get("covers")
    problems = []
    if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes < 1:
        problems.append(
            f"metadata companion.minutes must be an int above 0; got {minutes!r}"
        )
    if not covers or not isinstance(covers, list) or len(set(covers)) != len(covers):
        problems.append(
            f"metadata companion.covers must list topic ids, each once; got {covers!r}"
        )
    seconds = page.about.get("seconds", 0)
    if seconds > MAX_SECONDS:
        problems.append(f"took {seconds} s when it was stored; at most {MAX_SECONDS}")
    return [page.problem(text) for text in problems]


CHECKS = [
    title_problems,
    order_problems,
    fixed_section_problems,
    exercise_problems,
    question_problems,
    markup_problems,
    about_problems,
]
