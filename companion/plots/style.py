"""A figure with the two texts that belong to it, and the house style."""

import base64
import io
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

BACKGROUND = "#FFFFFF"
# Okabe and Ito's blue, vermillion, bluish green, reddish purple and black. Their orange,
# sky blue and yellow are too pale for a line on white.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000")
LINE_STYLES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
DPI = 144
STYLE = {
    "axes.edgecolor": "#4D4D4D",
    "axes.facecolor": BACKGROUND,
    "axes.labelsize": 12,
    "axes.prop_cycle": cycler(color=COLORS) + cycler(linestyle=LINE_STYLES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 12,
    "figure.facecolor": BACKGROUND,
    "font.size": 12,
    "legend.fontsize": 11,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "lines.markersize": 6.0,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
}


@dataclass(frozen=True)
class Described:
    """A figure with the two texts that belong to it.

    Args:
        figure: The Matplotlib figure.
        alt: What the picture shows, for someone who cannot see it.
        caption: What to notice; it begins with a capital and ends with a period.

    Raises:
        ValueError: If a text is missing, short, of several lines or not a sentence.
    """

    figure: Figure
    alt: str
    caption: str

    def __post_init__(self):
        for name in ("alt", "caption"):
            text = getattr(self, name)
            if not isinstance(text, str) or len(text.strip()) < 20 or "\n" in text:
                raise ValueError(
                    f"{name} must be one line of at least 20 characters; got {text!r}"
                )
        if not (self.caption[0].isupper() and self.caption.endswith(".")):
            raise ValueError(
                "caption must begin with a capital letter and end with a period; "
                f"got {self.caption!r}"
            )

    def png(self):
        """The figure as bytes: the same figure always gives the same bytes."""
        canvas_agg = FigureCanvasAgg(self.figure)
        self.figure.set_dpi(DPI)
        canvas_agg.draw()
        image = Image.fromarray(np.asarray(canvas_agg.buffer_rgba())).convert("RGB")
        stream = io.BytesIO()
        # A palette of 256 colors halves the file; the eye does not see the difference.
        image.quantize(256, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
        return stream.getvalue()

    def mime_bundle(self):
        """The forms in which a notebook stores the figure."""
        picture = base64.b64encode(self.png()).decode("ascii")
        return {"image/png": picture, "text/plain": f"Figure: {self.alt}"}

    def _ipython_display_(self):
        from IPython.display import display

        display(self.mime_bundle(), metadata={"image/png": {"alt": self.alt}}, raw=True)
        display({"text/markdown": self.caption, "text/plain": self.caption}, raw=True)


def described(fig, *, alt, caption):
    """Attach the two texts to a figure; use it as the last expression of a cell."""
    return Described(fig, alt, caption)


def canvas(n_rows=1, n_cols=1, *, size=(6.4, 3.6)):
    """Make an empty figure in the house style, outside pyplot.

    Args:
        n_rows, n_cols: Grid of axes.
        size: Width and height in inches; a width of at most 7 reads on a phone.

    Returns:
        The figure and its axes: one, or an array as Matplotlib's `subplots` gives it.
    """
    with mpl.rc_context(STYLE):
        fig = Figure(figsize=size, layout="constrained", facecolor=BACKGROUND)
        return fig, fig.subplots(n_rows, n_cols)
