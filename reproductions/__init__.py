"""Published results of the field, run again at full size: one module for each paper.

    python -m reproductions [NAME]      or: make reproduce [ONLY=NAME]

A paper's module states where its number stands, the recipe, the budget and the tolerance
that decides the verdict, and measures one seed. `reproductions.run` runs the seeds and
writes ``results/NAME.json``, which the appendix *Results against the literature* shows.
Importing this package loads nothing else.
"""

NAMES = ("hinton2006", "vincent2010", "burda2016")
