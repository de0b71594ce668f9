"""Figures of the course: arrays in, a described figure out; never a model.

Every figure carries a text for readers who cannot see it (`alt`) and a sentence that
says what to notice (`caption`); both are required by the call. Figures are made without
pyplot, so that none stays open, and their background is opaque white, so that they read
on a dark page too. Colors are those of Okabe and Ito that reach a contrast of 3:1 on
white; a series also has a marker and a line style of its own, for whoever sees no color.
"""

from companion.plots.bending import boundary
from companion.plots.drawing import (
    draw_curves,
    draw_history,
    draw_image,
    draw_points,
    draw_scatter,
    draw_timeline,
)
from companion.plots.exploring import explorer
from companion.plots.figures import (
    curves,
    image_grid,
    image_rows,
    latent_scatter,
    method_points,
    reconstructions,
    timeline,
    training_history,
)
from companion.plots.racing import race
from companion.plots.sliding import slider
from companion.plots.style import BACKGROUND, COLORS, Described, canvas, described

__all__ = [
    "BACKGROUND",
    "COLORS",
    "Described",
    "boundary",
    "canvas",
    "curves",
    "described",
    "draw_curves",
    "draw_history",
    "draw_image",
    "draw_points",
    "draw_scatter",
    "draw_timeline",
    "explorer",
    "image_grid",
    "image_rows",
    "latent_scatter",
    "method_points",
    "race",
    "reconstructions",
    "slider",
    "timeline",
    "training_history",
]
