"""Faults to plant in the clean page: {name: (plant, cell of the message, message)}.

`plant` changes a notebook; the message must name the file, the cell (where one is to
blame) and the cause.
"""

import base64
from copy import deepcopy

import nbformat

from tests.clean_page import cell, place


def replace(name, old, new):
    """Return a fault: a text of a cell replaced by another."""

    def plant(nb):
        assert old in cell(nb, name).source
        cell(nb, name).source = cell(nb, name).source.replace(old, new)

    return plant


def assign(name, **fields):
    """Return a fault: fields of a cell replaced."""
    return lambda nb: cell(nb, name).update(nbformat.from_dict(fields))


def remove(name):
    """Return a fault: a cell removed."""
    return lambda nb: nb.cells.remove(cell(nb, name))


def repaint(nb):
    """Change one byte of the picture."""
    data = cell(nb, "figure").outputs[0].data
    picture = bytearray(base64.b64decode(data["image/png"]))
    picture[-20] ^= 1
    data["image/png"] = base64.b64encode(picture).decode()


def without_alt(nb):
    """Take the alt text from the picture."""
    del cell(nb, "figure").outputs[0].metadata["image/png"]


def with_stderr(nb):
    """Add a warning to the outputs."""
    warning = nbformat.v4.new_output("stream", name="stderr", text="UserWarning: odd\n")
    cell(nb, "loss").outputs.append(warning)


def with_error(nb):
    """Add an error to the outputs."""
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="odd")
    cell(nb, "loss").outputs.append(error)


def with_html(nb):
    """Add HTML that is no sound to the outputs."""
    data = {"text/html": "<b>bold</b>"}
    cell(nb, "loss").outputs.append(nbformat.v4.new_output("display_data", data=data))


def with_widget(nb):
    """Add a widget to the outputs."""
    data = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
    cell(nb, "loss").outputs.append(nbformat.v4.new_output("display_data", data=data))


FOLDED = "<details><summary>Solution</summary>\n\nIt is 5.\n\n</details>"
FAULTS = {
    # The five of the book's promise; a changed model is planted in the nbval test.
    "bold number": (
        replace("result", "**5.00**", "**5.01**"),
        "result",
        'bold "5.01": 5.01 stands in no stored output of this page; nearest: 5.00 in cell',
    ),
    "edited text": (
        lambda nb: (
            cell(nb, "loss").outputs[0].update(text="loss 5.00, 97.5% 1,797 -0.50 3")
        ),
        None,
        "stored outputs were edited since make notebooks wrote them",
    ),
    "edited picture": (repaint, None, "stored outputs were edited since"),
    "no topics": (
        lambda nb: nb.metadata.companion.update(covers=[]),
        None,
        "metadata companion.covers must list topic ids",
    ),
    "no alt": (without_alt, "figure", "figure without alt text"),
    # Numbers in prose.
    "percent for share": (
        replace("result", "**97.5%**", "**97.5**"),
        "result",
        "97.5 stands",
    ),
    "lost minus": (replace("result", "−0.50", "0.50"), "result", "0.50 stands in no"),
    "zero dropped": (replace("result", "5.00", "5.0"), "result", "5.0 stands in no"),
    "no separator": (replace("result", "1,797", "1797"), "result", "1797 stands in no"),
    "underscores": (replace("result", "**5.00**", "__6__"), "result", 'bold "6": 6'),
    "bold in HTML": (
        replace("result", "**5.00**", "<b>6</b>"),
        "result",
        "meant as bold that Markdown does not make bold",
    ),
    "bold in an HTML block": (
        replace("question", "\n\nThe mean of 1 and 9.", "\n**10**, halved."),
        "question",
        "meant as bold that Markdown does not make bold",
    ),
    "spaces inside": (
        replace("result", "**5.00**", "** 6 **"),
        "result",
        "meant as bold that Markdown does not make bold",
    ),
    # Figures.
    "file name as alt": (
        lambda nb: cell(nb, "figure").outputs[0].metadata["image/png"].update(alt="a.png"),
        "figure",
        "figure without alt text of at least 20 characters; got 'a.png'",
    ),
    "alt in the book": (
        lambda nb: cell(nb, "figure").metadata.mystnb.image.update(alt="Another text."),
        "figure",
        "the book would show the alt text 'Another text.'",
    ),
    "no caption": (
        lambda nb: cell(nb, "figure").outputs.pop(),
        "figure",
        "figure without a caption below it",
    ),
    "two figures": (
        lambda nb: cell(nb, "figure").outputs.extend(deepcopy(cell(nb, "figure").outputs)),
        "figure",
        "shows 2 figures",
    ),
    "other text": (
        lambda nb: cell(nb, "figure").outputs[0].data.update({"text/plain": "Figure: b"}),
        "figure",
        "figure with the text 'Figure: b' but the alt text 'A curve",
    ),
    "no PNG": (
        lambda nb: cell(nb, "figure").outputs[0].update(data={"image/svg+xml": "<svg/>"}),
        "figure",
        "a figure must be a PNG; got ['image/svg+xml']",
    ),
    # Outputs.
    "stderr": (with_stderr, "loss", "stored output on stderr: ['UserWarning: odd']"),
    "error": (with_error, "loss", "stored error output ValueError: odd"),
    "empty cell": (assign("loss", source=" "), "loss", "empty code cell"),
    "magic": (assign("loss", source="%matplotlib inline"), "loss", "not plain Python"),
    "address": (
        lambda nb: cell(nb, "loss").outputs[0].update(text="<object at 0x7f00aa12>"),
        "loss",
        "output that changes with each run: at 0x7f00aa12",
    ),
    "other kernel": (
        lambda nb: nb.metadata.kernelspec.update(name="conda-env"),
        None,
        "kernelspec must be {'display_name': 'Python 3'",
    ),
    "interpreter": (
        lambda nb: nb.metadata.language_info.update(version="3.11.7"),
        None,
        "language_info must hold the name python only",
    ),
    "HTML": (with_html, "loss", "output of the kind text/html, which the book"),
    "widget": (
        with_widget,
        "loss",
        "output of the kind application/vnd.jupyter.widget-view+json, which the book",
    ),
    "never stored": (
        lambda nb: nb.metadata.companion.pop("outputs_sha256"),
        None,
        "outputs were never stored by make notebooks",
    ),
    "open solution": (
        lambda nb: cell(nb, "in code").metadata.pop("jupyter"),
        "in code",
        "cell metadata jupyter is None; make notebooks writes {'source_hidden': True}",
    ),
    "solution in the open": (
        lambda nb: cell(nb, "in code").metadata.update(tags=["solution"]),
        "in code",
        "only code cells are tagged solution, together with hide-cell",
    ),
    "cell order": (
        assign("loss", execution_count=7),
        "loss",
        "execution count 7, expected 2",
    ),
    "path in output": (
        lambda nb: cell(nb, "loss").outputs[0].update(text="read /home/ada/x.npy"),
        "loss",
        "absolute path '/home/ada/x.npy'",
    ),
    "path in source": (
        replace("loss", "loss =", "# C:\\data\nloss ="),
        "loss",
        r"absolute path 'C:\\data'",
    ),
    "form feed": (
        replace("loss", "loss =", "# \x0crac{1}{2}\nloss ="),
        "loss",
        "'\\x0c': was a backslash read as an escape?",
    ),
    "changed after execution": (
        replace("loss", "loss =", "# as before\nloss ="),
        None,
        "changed after it was executed; run make notebooks",
    ),
    "lost backslash": (
        replace("loss", "loss =", "# $\nrac{1}{2}$\nloss ="),
        "loss",
        "'rac{': was a backslash read as an escape?",
    ),
    "widgets": (
        lambda nb: nb.metadata.update(widgets={"state": {}}),
        None,
        "metadata ['widgets'] must not be stored",
    ),
    "timing": (
        lambda nb: cell(nb, "loss").metadata.update(execution={"t": 1}),
        "loss",
        "cell metadata ['execution'] must not be stored",
    ),
    # Tolerances and excuses.
    "too wide": (
        lambda nb: cell(nb, "training").metadata.companion.update(rtol=0.5),
        "training",
        "rtol must be above 0 and at most 0.05; got 0.5",
    ),
    "misspelled": (
        lambda nb: cell(nb, "training").metadata.companion.update(tol=0.01),
        "training",
        "cell metadata companion knows only rtol",
    ),
    "trains nothing": (
        lambda nb: cell(nb, "loss").metadata.update(companion={"rtol": 0.02}),
        "loss",
        "states rtol 0.02, but no number in it comes from training",
    ),
    "ignored by tag": (
        lambda nb: cell(nb, "loss").metadata.update(tags=["nbval-ignore-output"]),
        "loss",
        "'nbval-ignore-output' would excuse the cell",
    ),
    "ignored by comment": (
        replace("loss", "loss =", "# NBVAL_SKIP\nloss ="),
        "loss",
        "'# NBVAL_SKIP' would excuse the cell",
    ),
    # Anatomy.
    "no title": (
        replace("title", "# A clean page", ""),
        "title",
        "must begin with its one",
    ),
    "no question": (
        replace("title", "How far is a model from its target?", ""),
        "title",
        "must be followed by a paragraph",
    ),
    "two goals": (
        replace("title", "- compute it in code,\n", ""),
        "title",
        "section 'You will be able to' must have 3 to 5 bullets",
    ),
    "no needs": (remove("needs"), None, "the first two sections must be"),
    "no references": (remove("references"), None, "the last two sections must be"),
    "two exercise sections": (
        replace("analogy", "Where the analogy with the brain breaks", "Exercises"),
        None,
        "one section must be 'Exercises'",
    ),
    "stray section": (
        replace("analogy", "Where the analogy with the brain breaks", "More"),
        None,
        "between 'Exercises' and 'Summary' only 'Where the analogy",
    ),
    "one exercise": (
        replace("exercise 2", "### Exercise 2: in code", "#### Part b"),
        None,
        "must have at least 2 exercises; has 1",
    ),
    "only in words": (
        lambda nb: cell(nb, "in code").update(cell_type="markdown", source=FOLDED),
        None,
        "one exercise must have a solution in words and one a solution in code",
    ),
    "no solution": (
        remove("by-hand"),
        "exercises",
        "'Exercise 1: by hand' has no solution",
    ),
    "no code solution": (remove("in-code"), "exercise 2", "has no solution"),
    "numbering": (
        replace("exercise 2", "Exercise 2", "Exercise 3"),
        "exercise 2",
        "must be titled '### Exercise 2: ...'",
    ),
    "no check": (remove("question"), None, "has no cell that begins with **Check your"),
    "no answer": (
        replace("question", "Answer", "Hint"),
        "question",
        "**Check your understanding** has no answer",
    ),
    "late question": (
        lambda nb: nb.cells.insert(-1, nb.cells.pop(place("question") - 1)),
        "summary",
        "must stand before the code cell that shows the result",
    ),
    "question in passing": (
        replace("question", "**Check", "Now: **Check"),
        "question",
        "must begin with it",
    ),
    "question before a section": (
        lambda nb: cell(nb, "loss").update(cell_type="markdown", source="## More"),
        "question",
        "must stand before the code cell",
    ),
    "unrendered": (
        replace("question", "</summary>\n\n", "</summary>\n"),
        "question",
        "a <details> needs",
    ),
    "directive": (
        replace("needs", "Nothing", "```{note}\nAh\n```\nNothing"),
        "needs",
        "may be a directive in a notebook: ```{note}",
    ),
    "formula as a list": (
        replace("needs", "Nothing", "With $a\n+ b$ and $c$. Nothing"),
        "needs",
        "a formula breaks where its line begins as a list item: + b$ and $c$",
    ),
    "no minutes": (
        lambda nb: nb.metadata.companion.pop("minutes"),
        None,
        "metadata companion.minutes must be an int above 0; got None",
    ),
    "keras first": (
        replace("imports", "import numpy as np", "import keras"),
        "imports",
        "imports keras before companion",
    ),
    # References.
    "unknown key": (
        replace("section", "rumelhart1986learning", "rumelhart1986,nobody2000"),
        "section",
        "cites 'nobody2000', which is not in references.bib",
    ),
    "dead link": (
        replace("section", "clean.ipynb", "gone.ipynb"),
        "section",
        "links to 'gone.ipynb', and there is no such file",
    ),
}
