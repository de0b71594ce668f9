"""Sphinx extension: what Jupyter Book's settings cannot say about this book.

It takes the repository's address from `git remote`, lets mathematics work offline, joins
a chapter's figures with their captions, and writes each chapter's time under its title.
"""

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from astroid.manager import AstroidManager
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.fileutil import copy_asset

MATHJAX_PARTS = (
    "tex-chtml.js",
    "a11y",
    "sre",
    "input/tex/extensions",
    "output/chtml/fonts/woff-v2",
)


def web_address(remote):
    """Return the web address of a git remote without credentials, or "" if it has none."""
    match = re.match(
        r"(?:https?://|ssh://|git://)?(?:[^@/]+@)?([\w-]+(?:\.[\w-]+)+)(?::\d+)?[:/](.+)",
        remote,
    )
    if match is None:
        return ""
    host, path = match.groups()
    return f"https://{host}/{path.removesuffix('.git').strip('/')}"


def origin(folder):
    """Return the address of the git remote `origin`, or "" where there is none."""
    command = ["git", "remote", "get-url", "origin"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return web_address(done.stdout.strip()) if done.returncode == 0 else ""


def link_repository(app, config):
    """Turn launch and edit links on where the repository's address is known."""
    options = config.html_theme_options
    address = options.get("repository_url") or origin(app.srcdir)
    options["repository_url"] = address
    if not address:
        options["launch_buttons"] = {}
        return
    options["use_repository_button"] = True
    options["use_edit_page_button"] = True
    options["launch_buttons"] = {
        "notebook_interface": "jupyterlab",
        "binderhub_url": "https://mybinder.org",
    }
    if address.startswith("https://github.com/"):
        options["launch_buttons"]["colab_url"] = "https://colab.research.google.com"


def open_colab_branch(app, pagename, templatename, context, doctree):
    """Let Colab buttons open the branch whose notebooks install the package first."""
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.get("text") == "Colab":
                branch = app.config.html_theme_options["repository_branch"]
                button["url"] = button["url"].replace(f"/blob/{branch}/", "/blob/colab/", 1)


def copy_mathjax(app, exception):
    """Copy MathJax and its fonts beside the pages, so that formulas work offline."""
    if exception is not None or app.builder.format != "html":
        return
    source = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
    target = Path(app.outdir) / "_static" / "mathjax"
    for part in MATHJAX_PARTS:
        if not (target / part).exists():
            into = target / part if (source / part).is_dir() else (target / part).parent
            copy_asset(str(source / part), str(into))


class ForeignModules(set):
    """Names of modules that are neither ours nor Python's own.

    The reference is read from our source alone. Without this, the reader would also
    parse every library that is installed, and the book would depend on which are.
    """

    def __contains__(self, name):
        """Tell by the first part of the dotted name."""
        return name.split(".")[0] not in {"companion", *sys.stdlib_module_names}


def skip_imported(app, what, name, obj, skip, options):
    """Document an object where it is defined, not again where it is imported."""
    return True if getattr(obj, "imported", False) else None


def list_results(app, what, name, obj, options, lines):
    """Make a list of the named results below Returns or Yields in a docstring."""
    inside = False
    for i, line in enumerate(lines):
        if re.fullmatch(r"\w+:", line):
            inside = line in ("Returns:", "Yields:")
        elif inside and (match := re.fullmatch(r"    (\w+): (.*)", line)):
            lines[i] = f"    * ``{match[1]}``: {match[2]}"
        elif inside and line.startswith(8 * " "):
            lines[i] = 6 * " " + line.strip()


class JoinFiguresAndCaptions(SphinxPostTransform):
    """Make one figure of a picture and the Markdown caption displayed below it."""

    default_priority = 700

    def run(self, **kwargs):
        """Wrap each output picture that a text follows."""
        for number, image in enumerate(list(self.document.findall(nodes.image)), 1):
            cell = image.parent
            if "cell_output" not in cell.get("classes", []):
                continue
            below = cell.index(image) + 1
            if below < len(cell) and isinstance(cell[below], nodes.paragraph):
                paragraph = cell.pop(below)
                caption = nodes.caption("", "", *paragraph.children)
                figure = nodes.figure(
                    "", image.deepcopy(), caption, ids=[f"figure-{number}"]
                )
                cell.replace(image, figure)


# What screen readers are told wrongly: folded cells would be named otherwise than they are
# labeled, and the works of a bibliography would be no items of their list.
ROLES = {
    ' aria-label="Toggle hidden content"': "",
    'role="doc-biblioentry"': 'role="listitem"',
}


def repair_roles(app, pagename, templatename, context, doctree):
    """Repair the accessibility roles that docutils and MyST-NB write."""
    for wrong, right in ROLES.items():
        context["body"] = context.get("body", "").replace(wrong, right)


def chapter_times(app, doctree):
    """Write a chapter's learning time and its measured run time under the title."""
    path = Path(app.env.doc2path(app.env.docname))
    title = next(iter(doctree.findall(nodes.title)), None)
    if path.suffix != ".ipynb" or title is None:
        return
    about = json.loads(path.read_text(encoding="utf-8"))["metadata"]["companion"]
    text = (
        f"About {about['minutes']} minutes to work through. "
        f"All cells together take about {about['seconds']} s on one processor core."
    )
    line = nodes.paragraph("", text, classes=["chapter-times"])
    title.parent.insert(title.parent.index(title) + 1, line)


def setup(app):
    """Connect the parts to Sphinx's events."""
    AstroidManager.brain["module_denylist"] = ForeignModules()
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    app.setup_extension("autoapi.extension")
    app.connect("config-inited", link_repository)
    app.connect("autodoc-skip-member", skip_imported)
    app.connect("autodoc-process-docstring", list_results, priority=400)
    app.connect("doctree-read", chapter_times)
    app.connect("html-page-context", repair_roles)
    app.connect("html-page-context", open_colab_branch, priority=900)
    app.connect("build-finished", copy_mathjax)
    app.add_post_transform(JoinFiguresAndCaptions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
