"""Sphinx extension: figures with sliders, which work in the page without a network.

A notebook stores such a figure as a picture and as a Vega-Lite specification (see
companion/plots/vega.py). The page shows the picture, and a script puts the
interactive form in its place.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from vl_convert import javascript_bundle

MIME = "application/vnd.vegalite.v5+json"
MARK = "interactive-form"
VEGA_LITE = "6.4"
SCRIPTS = ("vega.js", "interactive.js")


def specifications(notebook):
    """Return the specifications in a notebook's outputs by the text of their picture."""
    bundles = [
        output.get("data", {})
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
    ]
    return {data[MIME]["description"]: data[MIME] for data in bundles if MIME in data}


def script_of(spec):
    """Return the element that carries a specification; no text in it ends the element."""
    text = json.dumps(spec, separators=(",", ":")).replace("</", r"<\/")
    return f'<script type="application/json" class="{MARK}">{text}</script>'


class AddInteractiveForms(SphinxPostTransform):
    """Put the specification beside the picture it belongs to."""

    default_priority = 710  # after pictures and captions are joined

    def run(self, **kwargs):
        """Add one element to each figure that has an interactive form."""
        path = Path(self.env.doc2path(self.env.docname))
        if path.suffix != ".ipynb":
            return
        specs = specifications(json.loads(path.read_text(encoding="utf-8")))
        for image in list(self.document.findall(nodes.image)):
            if spec := specs.get(image.get("alt")):
                below = image.parent.index(image) + 1
                image.parent.insert(below, nodes.raw("", script_of(spec), format="html"))


def add_scripts(app, pagename, templatename, context, doctree):
    """Load the scripts on the pages that need them, and on no other."""
    if MARK in context.get("body", ""):
        for name in SCRIPTS:
            app.add_js_file(name, loading_method="defer")


def write_scripts(app, exception):
    """Write the scripts beside the pages: Vega in a scope of its own, and ours."""
    if exception is None and app.builder.format == "html":
        vega = f"(() => {{{javascript_bundle(vl_version=VEGA_LITE)}}})();\n"
        ours = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
        for name, text in zip(SCRIPTS, (vega, ours), strict=True):
            (Path(app.outdir) / "_static" / name).write_text(text, encoding="utf-8")


def setup(app):
    """Connect the parts to Sphinx's events."""
    app.add_post_transform(AddInteractiveForms)
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", write_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
