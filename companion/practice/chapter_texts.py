"""The chapters of this book as texts to summarize, as they stood at one time.

Chapters change with every correction, and numbers measured on them with them. So the texts
are stored beside this module, and ship with the package: what is measured on them repeats
whichever chapter is edited, and needs no checkout. A test compares them with the chapters,
and fails when too many sentences have changed. Then, in a checkout,

    python -m companion.practice.chapter_texts

stores them anew and prints what `SHA256` has to be; with that line changed, the page that
uses them is executed again, since it depends on this module.
"""

import hashlib
import json
import re
from pathlib import Path

import companion
from companion.practice.summaries import sentences

STORED = Path(__file__).with_name("chapter_texts.json")
SHA256 = "1fb42aa734b9db9289192b3474b2bfdc3bef5cbe439730d6806f20a1b2fd45ef"
CHAPTERS = Path(companion.__file__).parents[1] / "chapters"
ROOMS = ("brain", "networks", "autoencoders")
CODE = re.compile(r"\$\$.*?\$\$(?:\s*\(eq-[\w-]+\))?|\$[^$]{0,300}\$|`[^`]{0,300}`", re.S)
ROLE = re.compile(r"\{[\w:]+\}|<[^<>]{0,80}>|\]\([^()\s]{0,200}\)|[*\[\]#]+")
SKIPPED = ("**Check your understanding**", "- ", "|", "![")
LAST = ("## Exercises", "## Summary", "## Where the analogy", "## References")


def load():
    """Load the stored texts.

    Returns:
        Maps the name of each chapter, such as ``brain/memory``, to its text without
        formulas, code, questions, exercises and lists, and its summary; each a list of
        sentences.

    Raises:
        ValueError: If the file is not the one that `SHA256` names.
    """
    content = STORED.read_text("utf-8")
    if digest(content) != SHA256:
        raise ValueError(
            f"{STORED.name} must have the SHA-256 {SHA256[:8]}...; "
            f"got {digest(content)[:8]}..."
        )
    return {name: tuple(pair) for name, pair in json.loads(content).items()}


def digest(content):
    """Hexadecimal SHA-256 of a text in UTF-8."""
    return hashlib.sha256(content.encode()).hexdigest()


def read(folder=CHAPTERS, rooms=ROOMS):
    """Read the chapters as they are now.

    Args:
        folder: Where they lie; by default the folder beside the package.
        rooms: The folders in it that are read.

    Returns:
        As `load`, the chapters that have both a text and a summary.

    Raises:
        FileNotFoundError: If there are none, as where the package was installed without
            the book.
    """
    folder = Path(folder)
    found = {}
    for path in sorted(p for room in rooms for p in (folder / room).glob("*.ipynb")):
        pair = chapter(json.loads(path.read_text("utf-8")))
        if all(pair):
            found[f"{path.parent.name}/{path.stem}"] = pair
    if not found:
        raise FileNotFoundError(f"folder must hold the book's chapters; got {folder.name}")
    return found


def chapter(notebook):
    """Split one notebook into the sentences of its text and those of its summary."""
    cells = [c for c in notebook["cells"] if c["cell_type"] == "markdown"]
    lines = "\n\n".join("".join(cell["source"]) for cell in cells)
    head, _, tail = lines.partition("\n## Summary")
    tail = tail.split("\n## ")[0]
    body = head.split("\n## What it needs")
    body = "## " + body[-1].split("\n## ", 1)[-1]
    for heading in LAST:
        body = body.split(f"\n{heading}")[0]
    body = re.sub(r"<details>.*?</details>", " ", body, flags=re.S)
    paragraphs = [p for p in body.split("\n\n") if not p.startswith(SKIPPED)]
    text = [s for p in paragraphs if p[:1] != "#" for s in sentences(plain(p))]
    items = re.split(r"\n\s*- ", "\n" + tail)
    return text, [s for item in items for s in sentences(plain(item))]


def plain(markdown):
    """Take formulas, code and markup out of Markdown, and the gaps they leave."""
    text = ROLE.sub(" ", CODE.sub(" ", markdown))
    return re.sub(r"\s+([.,;:?])", r"\1", text)


def still_there(stored, now):
    """Share of the stored sentences that still stand in the chapter of their name.

    Args:
        stored: What `load` returns.
        now: What `read` returns.

    Returns:
        A float in [0, 1].
    """
    kept = n = 0
    for name, parts in stored.items():
        for part, new in zip(parts, now.get(name, ([], [])), strict=True):
            kept += sum(sentence in new for sentence in part)
            n += len(part)
    return kept / n


def main():
    """Store the chapters as they are now, and print the digest."""
    content = json.dumps(read(), ensure_ascii=False, indent=0) + "\n"
    STORED.write_text(content, "utf-8", newline="\n")
    print(f'SHA256 = "{digest(content)}"')


if __name__ == "__main__":
    main()
