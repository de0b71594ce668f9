"""Drawings of cells: the parts of a neuron, its gates, and what it tells apart."""

import numpy as np

from companion.plots.style import BACKGROUND, COLORS, STYLE

BLUE, VERMILLION, GREEN, _, BLACK = COLORS
SOMA = np.array([0.0, 0.0])
# Name of a part: where it is, and where its name stands.
PARTS = {
    "dendrites": ((-1.25, 0.85), (-1.2, 1.75)),
    "cell body (soma)": ((0.1, -0.3), (0.35, -1.45)),
    "axon hillock": ((0.5, 0.0), (0.75, 1.15)),
    "axon": ((1.58, 0.0), (1.58, -0.95)),
    "myelin": ((2.1, 0.1), (2.3, 0.95)),
    "synapse": ((4.42, 0.55), (3.75, 1.5)),
    "next neuron": ((5.2, -0.85), (4.3, -1.45)),
}


def draw_neuron(ax):
    """Draw a neuron: it collects on the left, fires behind the hillock, sends to the right.

    Args:
        ax: Axes; they are emptied of their frame.
    """
    for angle_deg in (100, 135, 170, 202, 242):
        _branch(ax, SOMA, np.deg2rad(angle_deg), 0.85, 3)
    ax.add_patch(_polygon([(0.3, 0.16), (0.72, 0.03), (0.72, -0.03), (0.3, -0.16)]))
    ax.add_patch(_circle(SOMA, 0.38, BLUE))
    ax.add_patch(_circle(SOMA, 0.13, BACKGROUND))
    ax.plot([0.6, 3.6], [0.0, 0.0], "-", color=BLUE, lw=2.5, solid_capstyle="round")
    for left in (0.85, 1.75, 2.65):
        ax.add_patch(_rectangle(left, 0.65))
    for y in (0.55, 0.0, -0.55):
        ax.plot([3.55, 3.9, 4.25], [0.0, 0.7 * y, y], "-", color=BLUE, lw=2)
        ax.add_patch(_circle((4.3, y), 0.09, BLUE))
    for y in (0.55, 0.0, -0.55):
        ax.plot([4.46, 4.95, 5.15], [y, y - 0.05, -0.75], "-", color=GREEN, lw=2)
    ax.plot([5.15, 5.25], [-0.75, -1.3], "-", color=GREEN, lw=4)
    leader = {"arrowstyle": "-", "lw": 1.0, "color": "#4D4D4D", "zorder": 4}
    for name, (at, label) in PARTS.items():
        ax.annotate(name, at, label, ha="center", va="center", color=BLACK,
                    arrowprops=leader)  # fmt: skip
    for x, text in ((-0.9, "collects"), (2.0, "sends"), (4.6, "passes on")):
        ax.text(x, -2.15, text, ha="center", va="center", color=VERMILLION)
    arrow = {"arrowstyle": "->", "lw": 1.5, "color": VERMILLION}
    ax.annotate("", (5.6, -1.9), (-2.0, -1.9), arrowprops=arrow)
    ax.set(xlim=(-2.2, 5.8), ylim=(-2.4, 2.0), aspect="equal")
    ax.set_axis_off()


def draw_gates(ax, x, values):
    """Draw a curve for each of the gates m, h and n.

    Args:
        ax: Axes.
        x: Places on the horizontal axis, (n,).
        values: Three curves, (3, n).
    """
    for i, (name, style) in enumerate((("m", "-"), ("h", "--"), ("n", "-."))):
        ax.plot(x, values[i], style, color=COLORS[i], lw=2, label=name)
    ax.legend(frameon=False, fontsize=STYLE["legend.fontsize"])


def draw_decision(ax, grid, drive, threshold, x, target):
    """Draw a map of a drive over two inputs, its boundary, and patterns to tell apart.

    Args:
        ax: Axes.
        grid: Values of both inputs, (n,).
        drive: The drive, (n, n), the second input along the first axis.
        threshold: Where the boundary is drawn, in white.
        x: Patterns, (n_patterns, 2).
        target: Whether a pattern should fire (a circle) or not (a cross).
    """
    ax.contourf(grid, grid, drive, 12, cmap="cividis")
    ax.contour(grid, grid, drive, [threshold], colors="white", linewidths=2)
    for pattern, fires in zip(x, target, strict=True):
        ax.plot(*pattern, "o" if fires else "X", color="white", mec=BLACK, ms=11)
    ax.set(xlabel="input 1 (no unit)", ylabel="input 2 (no unit)", xticks=[0, 1],
           yticks=[0, 1])  # fmt: skip


def _branch(ax, start, angle, length, depth):
    end = start + length * np.array([np.cos(angle), np.sin(angle)])
    ax.plot(*np.transpose([start, end]), "-", color=BLUE, lw=1.0 + 0.7 * depth,
            solid_capstyle="round")  # fmt: skip
    if depth > 1:
        for turn in (-0.38, 0.38):
            _branch(ax, end, angle + turn, 0.68 * length, depth - 1)


def _circle(center, radius, color):
    from matplotlib.patches import Circle

    return Circle(center, radius, facecolor=color, edgecolor=BLUE, zorder=3)


def _polygon(corners):
    from matplotlib.patches import Polygon

    return Polygon(corners, facecolor=BLUE, edgecolor=BLUE, zorder=3)


def _rectangle(left, width):
    from matplotlib.patches import FancyBboxPatch

    return FancyBboxPatch((left, -0.11), width, 0.22, boxstyle="round,pad=0.03",
                          facecolor="#D9D9D9", edgecolor="#4D4D4D", zorder=3)  # fmt: skip
