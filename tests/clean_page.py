"""A small page without a fault, on a toy package; the self-test plants faults in it."""

from textwrap import dedent

import nbformat

TOY_MODEL = '''
"""A model so small that its results are known."""


def loss(x_hat, target):
    """Return the mean squared error."""
    errors = [(a - b) ** 2 for a, b in zip(x_hat, target, strict=True)]
    return sum(errors) / len(errors)


def train(seed):
    """Return the loss that training would reach."""
    return 0.25 + seed
'''

CELLS = [
    (
        "title",
        """
        # A clean page

        How far is a model from its target?

        ## You will be able to

        - compute an error by hand,
        - compute it in code,
        - read it from a figure.
        """,
    ),
    ("needs", "## What it needs\n\nNothing but sums; it runs offline."),
    (
        "imports",
        """
        import numpy as np
        import toy_model

        from companion import plots

        SEED = 0
        """,
    ),
    (
        "section",
        """
        ## The mean of squares

        Networks are trained by an error {footcite:p}`rumelhart1986learning`, here

        $$
        L = \\tfrac12 \\left(1^2 + 3^2\\right).
        $$ (eq-clean-loss)

        The **3-page** proof is {eq}`eq-clean-loss`; see [this page](clean.ipynb).
        """,
    ),
    (
        "question",
        """
        **Check your understanding**

        Which number will the next cell print?

        <details><summary>Answer</summary>

        The mean of 1 and 9.

        </details>
        """,
    ),
    (
        "loss",
        """
        loss = toy_model.loss([0.0, 0.0], [1.0, 3.0])
        print(f"loss {loss:.2f} over 3 runs, {97.5:.1f} % of 1,797 at -0.50")
        """,
    ),
    (
        "result",
        "The loss is **5.00**, and **97.5%** of **1,797** lie at **−0.50 `0.1` $0.2$**.",
    ),
    (
        "training",
        """
        trained = toy_model.train(SEED)
        print(f"trained to {trained:.3f} nats")
        """,
    ),
    (
        "figure",
        """
        plots.curves(
            np.arange(3),
            {"model": np.array([0.0, 1.0, 4.0])},
            x_label="step",
            y_label="error (no unit)",
            alt="A curve that bends upward from 0 to 4 over three steps.",
            caption="The error grows faster with every step of the three.",
        )
        """,
    ),
    ("exercises", "## Exercises\n\n### Exercise 1: by hand\n\nSquare 1 and 3."),
    (
        "by hand",
        "<details><summary>Solution</summary>\n\n1 and 9; their mean is 5.\n\n</details>",
    ),
    ("exercise 2", "### Exercise 2: in code\n\nCompute the same with the package."),
    ("in code", "assert toy_model.loss([0.0, 0.0], [1.0, 3.0]) == 5.0"),
    ("analogy", "## Where the analogy with the brain breaks\n\nA brain has no target."),
    ("summary", "## Summary\n\n- An error is a mean of squares."),
    ("references", "## References\n\n```{footbibliography}\n```"),
]
CODE = {"imports", "loss", "training", "figure", "in code"}


def clean_notebook():
    """Return the page before its execution; each cell has its name as id."""
    nb = nbformat.v4.new_notebook()
    nb.metadata["companion"] = {"covers": ["S0.3.6"], "minutes": 5}
    for name, source in CELLS:
        new = nbformat.v4.new_code_cell if name in CODE else nbformat.v4.new_markdown_cell
        nb.cells.append(new(dedent(source).strip(), id=name.replace(" ", "-")))
    cell(nb, "training").metadata["companion"] = {"rtol": 0.02}
    cell(nb, "in code").metadata["tags"] = ["solution", "hide-cell"]
    return nb


def cell(nb, name):
    """Return the cell of a name."""
    return next(c for c in nb.cells if c.id == name.replace(" ", "-"))


def place(name):
    """Return the number of a cell, as the messages count."""
    return [known for known, _ in CELLS].index(name) + 1
