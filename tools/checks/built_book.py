"""The built HTML book: links that lead somewhere, nothing from outside, alt texts."""

import re
from functools import cache
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

ADDRESSES = {
    "a": "href",
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "video": "src",
}
NOT_CONTENT = {"_sources", "_static"}
OUTSIDE_CSS = re.compile(r"""(?:@import\s+|url\()\s*["']?((?:https?:)?//[^"')\s]+)""")

# The second line of a table, or a heading, as Markdown has them.
AS_TYPED = re.compile(r"\|\s*:?[-\u2013\u2014]+:?\s*\||^#{1,6} ")


def html_pages(folder):
    """Return the pages of a built book."""
    return [
        path
        for path in sorted(folder.rglob("*.html"))
        if path.relative_to(folder).parts[0] not in NOT_CONTENT
    ]


@cache
def soup_of(path):
    """Return a page as a tree; each page is parsed once."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def anchors_of(path):
    """Return the ids to which a link into a page can point."""
    tags = soup_of(path).find_all(lambda tag: tag.has_attr("id") or tag.has_attr("name"))
    return {tag.get("id") for tag in tags} | {tag.get("name") for tag in tags}


def lacks(path, fragment):
    """Return whether a link to a fragment of a page would lead nowhere."""
    return bool(fragment) and fragment not in anchors_of(path)


def addresses(path):
    """Yield (tag, address) of everything on a page that points to something."""
    for tag in soup_of(path).find_all(list(ADDRESSES)):
        address = tag.get(ADDRESSES[tag.name])
        if address is not None:
            yield tag, address.strip()


def is_outside(address):
    """Return whether an address points to another machine."""
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme in ("http", "https")


def link_problems(path, folder):
    """Every link inside the book leads to a file, and every fragment to an id."""
    name, problems = path.relative_to(folder).as_posix(), []
    for tag, address in addresses(path):
        parts = urlsplit(address)
        if is_outside(address) or parts.scheme in ("data", "javascript", "mailto"):
            continue
        if parts.scheme or parts.path.startswith("/"):
            problems.append(f"{name}: <{tag.name}> points to {address!r}, not relative")
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if target.is_dir():
            target = target / "index.html"
        if not target.is_file():
            problems.append(f"{name}: <{tag.name}> points to {address!r}: no such file")
        elif target.suffix == ".html" and lacks(target, unquote(parts.fragment)):
            text = f"no such id in {target.name}"
            problems.append(f"{name}: <{tag.name}> points to {address!r}: {text}")
    return sorted(set(problems))


def outside_problems(path, folder):
    """Opening the page asks no other machine for anything."""
    name, problems = path.relative_to(folder).as_posix(), []
    for tag, address in addresses(path):
        harmless = tag.name == "a" or "canonical" in (tag.get("rel") or [])
        if is_outside(address) and not harmless:
            problems.append(f"{name}: <{tag.name}> loads {address} from outside")
    for style in soup_of(path).find_all("style"):
        for address in OUTSIDE_CSS.findall(style.get_text()):
            problems.append(f"{name}: <style> loads {address} from outside")
    return problems


def stylesheet_problems(folder):
    """No stylesheet of the book asks another machine for anything."""
    return [
        f"{path.relative_to(folder).as_posix()}: loads {address} from outside"
        for path in sorted(Path(folder).rglob("*.css"))
        for address in OUTSIDE_CSS.findall(path.read_text(encoding="utf-8"))
    ]


def image_problems(path, folder):
    """Every picture of the content has an alt text that is not its file name."""
    name, problems = path.relative_to(folder).as_posix(), []
    content = soup_of(path).find("article") or soup_of(path).find("main")
    for image in content.find_all("img") if content else []:
        alt, source = (image.get("alt") or "").strip(), image.get("src", "")
        file = PurePosixPath(unquote(urlsplit(source).path))
        if not alt or PurePosixPath(alt).name in (file.name, file.stem):
            problems.append(f"{name}: picture {source!r} has the alt text {alt!r}")
    return problems


def markdown_problems(path, folder):
    """Tables and headings are set, and do not stand there as typed."""
    name, problems = path.relative_to(folder).as_posix(), []
    content = soup_of(path).find("article") or soup_of(path).find("main")
    for tag in content.find_all(["p", "li", "td"]) if content else []:
        words = "".join(part for part in tag.find_all(string=True) if not _verbatim(part))
        if found := AS_TYPED.search(words):
            problems.append(f"{name}: Markdown stands as typed: {found.group()!r}")
    return problems


def _verbatim(part):
    """Return whether a text is code or a formula, which MathJax sets in the browser."""
    return part.find_parent(["code", "pre", "script"]) or part.find_parent(class_="math")


def head_problems(path, folder):
    """Every page has a title and says its language."""
    name, soup, problems = path.relative_to(folder).as_posix(), soup_of(path), []
    if soup.title is None or not soup.title.get_text(strip=True):
        problems.append(f"{name}: has no <title>")
    if soup.html is None or not soup.html.get("lang"):
        problems.append(f"{name}: <html> has no lang")
    return problems


def interactive_problems(path, folder):
    """A page loads the scripts that its interactive figures need, and only then."""
    soup, problems = soup_of(path), []
    needs = soup.find("script", class_="interactive-form") is not None
    loaded = {urlsplit(tag["src"]).path for tag in soup.find_all("script", src=True)}
    for script in ("vega.js", "interactive.js"):
        if needs != any(PurePosixPath(name).name == script for name in loaded):
            name = path.relative_to(folder).as_posix()
            verb = "needs" if needs else "loads without need"
            problems.append(f"{name}: {verb} the script {script}")
    return problems


CHECKS = [
    link_problems,
    outside_problems,
    image_problems,
    markdown_problems,
    head_problems,
    interactive_problems,
]
