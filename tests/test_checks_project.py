"""Planted faults in the topics, in the imports of a package, and in a built book."""

from textwrap import dedent

import nbformat
import pytest

from tools.checks import built_book, topics
from tools.checks.imports import import_problems

# Topics

LISTED = [
    {"id": i, "kind": "topic", "title": f"Title {i}", "chapter": "background/why"}
    for i in ("S0.1.1", "S0.1.9", "S0.1.10")
]


def book_covering(folder, covers):
    """Write a notebook and a Markdown page that cover topics; return what they cover."""
    (folder / "chapters").mkdir()
    about = {"companion": {"covers": covers, "minutes": 1}}
    nb = nbformat.v4.new_notebook(metadata=about)
    nbformat.write(nb, folder / "chapters" / "why.ipynb")
    front = "---\ncompanion: {covers: [S0.1.9]}\n---\n\n# A page\n"
    (folder / "chapters" / "list.md").write_text(front, encoding="utf-8")
    return topics.covering_pages(folder)


def test_covered_topics_are_accepted(tmp_path):
    covering = book_covering(tmp_path, ["S0.1.1", "S0.1.10"])
    assert topics.coverage_problems(LISTED, covering) == []


def test_topic_removed_from_a_page_is_caught(tmp_path):
    covering = book_covering(tmp_path, ["S0.1.10"])
    assert topics.coverage_problems(LISTED, covering) == [
        "chapters/background/why: must cover S0.1.1 ('Title S0.1.1'); no page does "
        "(see companion.covers)"
    ]


def test_invented_topic_is_caught(tmp_path):
    covering = book_covering(tmp_path, ["S0.1.1", "S0.1.10", "S7.1.1"])
    assert topics.coverage_problems(LISTED, covering) == [
        "chapters/why.ipynb: covers 'S7.1.1', which is no topic"
    ]


def test_damaged_topic_list_is_caught():
    damaged = [*LISTED, {"id": "S0.1", "kind": "topic", "title": " ", "chapter": "a"}]
    found = topics.topic_list_problems([*damaged, LISTED[0], {"id": "S0.1.2"}])
    assert [
        problem.removeprefix("chapters/appendix/topics.yml: ") for problem in found
    ] == [
        "topic S0.1 has an empty text",
        "'S0.1' is no topic id (S0.1.2)",
        "topic S0.1.2 must have the texts ['chapter', 'id', 'kind', 'title']; has ['id']",
        "these ids stand twice: ['S0.1.1']",
        "has 6 topics; there are 179",
    ]
    renamed = topics.load_topics()
    renamed[0] = renamed[0] | {"id": "S0.9.9"}
    assert topics.topic_list_problems(renamed) == []
    (problem,) = topics.topic_ids_problems(renamed)
    assert "an id was added, dropped or renamed" in problem


# Imports

CLEAN_PACKAGE = {
    "__init__": "import os",
    "datasets/__init__": "from companion.datasets.record import Dataset",
    "datasets/record": "import numpy",
    "metrics": "import skimage\n\nfrom companion import datasets",
    "plots": "import matplotlib",
    "page": "",
    "training": "import keras",
    "brain/__init__": "",
    "brain/neurons": "import numpy as np\n\nfrom companion.datasets import record",
    "networks/__init__": "",
    "networks/mlp": "from ..brain import neurons",
    "autoencoders/__init__": "",
    "autoencoders/dense": "import keras\nfrom companion import training\n"
    "from companion.networks import mlp",
    "practice/__init__": "",
    "practice/pytorch": "import torch",
}


def package(folder, **changes):
    """Write the clean package with some modules replaced; return its problems."""
    modules = CLEAN_PACKAGE | changes
    for name, source in modules.items():
        path = folder / "companion" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source + "\n", encoding="utf-8")
    return import_problems(folder / "companion")


def test_clean_package_has_no_problem(tmp_path):
    assert package(tmp_path) == []


@pytest.mark.parametrize(
    ("module", "source", "message"),
    [
        (
            "brain/neurons",
            "\nfrom companion.autoencoders import dense",
            "companion/brain/neurons.py, line 2: imports companion.autoencoders.dense, a "
            "room below; allowed are ()",
        ),
        (
            "networks/mlp",
            "def f():\n    import keras",
            "companion/networks/mlp.py, line 2: imports keras; this room loads NumPy and "
            "SciPy only",
        ),
        (
            "networks/gan",
            "import torch",
            "companion/networks/gan.py, line 1: imports torch; networks/ uses keras and "
            "keras.ops only",
        ),
        (
            "networks/mlp",
            "from companion.metrics import mse",
            "companion/networks/mlp.py, line 1: loads skimage (companion.networks.mlp -> "
            "companion.metrics); only NumPy and SciPy may be loaded here",
        ),
        (
            "datasets/record",
            "from ..brain import neurons",
            "companion/datasets/record.py, line 1: imports companion.brain.neurons; a "
            "single file imports no room",
        ),
        (
            "training",
            "from companion.plots import canvas",
            "companion/training.py, line 1: imports companion.plots, which only pages may "
            "import",
        ),
        (
            "autoencoders/dense",
            "import tensorflow as tf",
            "companion/autoencoders/dense.py, line 1: imports tensorflow; autoencoders/ "
            "uses keras and keras.ops only",
        ),
        (
            "__init__",
            "import numpy",
            "companion/__init__.py, line 1: imports numpy; the package itself imports the "
            "standard library only",
        ),
        ("helpers", "", "companion/helpers.py, line 1: 'helpers' is no room"),
    ],
)
def test_forbidden_import_is_caught(tmp_path, module, source, message):
    found = package(tmp_path, **{module: source})
    assert any(problem.startswith(message) for problem in found), found


def test_keras_may_be_imported_where_networks_need_it(tmp_path):
    assert package(tmp_path, **{"networks/gan": "import keras"}) == []


# The built book

CLEAN_HTML = """
<!doctype html><html lang="en"><head><title>A page</title>
<link rel="stylesheet" href="_static/style.css?v=1"><link rel="canonical" href="https://a.org">
<script src="_static/code.js"></script></head><body><main><article><h1 id="top">A page</h1>
<a href="#top">top</a> <a href="https://a.org/b">out</a> <a href="sub/">below</a>
<a href="sub/index.html#one">one</a>
<img src="_images/figure.png" alt="A curve that bends.">
<p>|x| <code>| --- |</code> <span class="math">| - |</span></p>
</article></main></body></html>
"""


def built(folder, old="", new=""):
    """Write a small built book with one text replaced; return its problems."""
    for name, text in {
        "index.html": CLEAN_HTML.replace(old, new) if old else CLEAN_HTML,
        "sub/index.html": '<html lang="en"><title>B</title><p id="one"></p></html>',
        "_static/style.css": "p { background: url(figure.png) }",
        "_static/code.js": "",
        "_static/vega.js": "",
        "_static/interactive.js": "",
        "_images/figure.png": "",
    }.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    pages = built_book.html_pages(folder)
    found = [
        p for page in pages for check in built_book.CHECKS for p in check(page, folder)
    ]
    return found + built_book.stylesheet_problems(folder)


def test_clean_built_book_has_no_problem(tmp_path):
    assert built(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sub/index.html#one", "gone.html", "<a> points to 'gone.html': no such file"),
        (
            "html#one",
            "html#two",
            "points to 'sub/index.html#two': no such id in index.html",
        ),
        ('"#top"', '"#end"', "<a> points to '#end': no such id in index.html"),
        ('"sub/"', '"/sub/"', "<a> points to '/sub/', not relative"),
        ("_images/figure.png", "_images/gone.png", "<img> points to '_images/gone.png'"),
        ("_static/code.js", "https://cdn.org/x.js", "<script> loads https://cdn.org/x.js"),
        ("_static/style.css?v=1", "//cdn.org/x.css", "<link> loads //cdn.org/x.css"),
        ("</main>", '<iframe src="http://a.org"></iframe>', "<iframe> loads http://a.org"),
        (
            "A curve that bends.",
            "_images/figure.png",
            "has the alt text '_images/figure.png'",
        ),
        ("A curve that bends.", "", "picture '_images/figure.png' has the alt text ''"),
        ("<title>A page</title>", "", "has no <title>"),
        (' lang="en"', "", "<html> has no lang"),
        (">out<", "><p>| a | | :— | | 1 |</p><", "Markdown stands as typed: '| :— |'"),
        (">out<", "><p>## Two</p><", "Markdown stands as typed: '## '"),
        ("_static/code.js", "_static/vega.js", "loads without need the script vega.js"),
    ],
)
def test_fault_in_a_built_page_is_caught(tmp_path, old, new, message):
    (problem,) = built(tmp_path, old, new)
    assert problem.startswith("index.html: ")
    assert message in problem


def test_interactive_figure_without_its_scripts_is_caught(tmp_path):
    form = '<script type="application/json" class="interactive-form">{}</script>'
    found = built(tmp_path, "</main>", f"{form}</main>")
    assert found == [
        "index.html: needs the script vega.js",
        "index.html: needs the script interactive.js",
    ]


def test_outside_font_in_a_stylesheet_is_caught(tmp_path):
    built(tmp_path)
    style = dedent("""
        @import "https://fonts.org/a.css";
        p { src: url('//fonts.org/b.woff') }
    """)
    (tmp_path / "_static" / "style.css").write_text(style, encoding="utf-8")
    assert built_book.stylesheet_problems(tmp_path) == [
        "_static/style.css: loads https://fonts.org/a.css from outside",
        "_static/style.css: loads //fonts.org/b.woff from outside",
    ]
