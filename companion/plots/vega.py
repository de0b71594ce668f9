"""What the interactive figures share: a Vega-Lite specification beside a picture.

The specification holds all its data and formulas, so that JupyterLab draws it by itself
and the book with a script of its own; neither needs a kernel or a network. Its sliders are
the browser's own: Tab reaches them and arrow keys move them (in JupyterLab, which has
other use for arrows, Ctrl with an arrow, or Page Up and Page Down). On top stands one
sentence about the present choice, which the book's script hands to screen readers. A
picture goes with it, for whoever has no script.
"""

from dataclasses import dataclass

from companion.plots.style import Described

MIME = "application/vnd.vegalite.v5+json"
WIDTH = 520  # with its axis, it fits the text beside a formula's number
LEGEND = {"orient": "bottom", "labelFontSize": 13, "columns": 3}


@dataclass(frozen=True)
class Interactive(Described):
    """A described figure that also has an interactive form.

    Args:
        figure, alt, caption: As in `Described`; the figure shows some of the choices.
        spec: The Vega-Lite specification.
    """

    spec: dict

    def mime_bundle(self):
        """The picture, its text, and the specification."""
        return super().mime_bundle() | {MIME: self.spec}


def specification(sliders, views, alt, *, legend=None, **parts):
    """Stack views that read the sliders; the first holds the sentence."""
    config = {"axis": {"labelFontSize": 13, "titleFontSize": 13}}
    return {
        "usermeta": {"embedOptions": {"actions": False, "renderer": "svg"}},
        "background": "white",
        "config": config | ({"legend": legend} if legend else {}),
        "params": sliders,
        **parts,
        "vconcat": views,
        "description": alt,
    }


def range_param(name, label, value, low, high, step):
    """A slider: the signal `name` of the specification, with its label beside it."""
    bind = {"input": "range", "min": low, "max": high, "step": step, "name": f"{label}: "}
    return {"name": name, "value": value, "bind": bind}


def axis(field, title, *, nice=False, **scale):
    """A quantitative axis over a field of the data, with settings of its scale."""
    scale = {"nice": nice} | scale
    return {"field": field, "type": "quantitative", "title": title, "scale": scale}


def sentence(transform, n_lines=1):
    """The view with the sentence, which the transform leaves as the one row's `says`."""
    mark = {"type": "text", "align": "left", "fontSize": 14, "fontWeight": "bold"}
    if n_lines > 1:
        mark |= {"lineBreak": "\n", "lineHeight": 18, "baseline": "top", "y": 0}
    return {
        "height": 18 * n_lines,
        "view": {"stroke": None},
        "transform": transform,
        "mark": mark,
        "encoding": {"x": {"value": 0}, "text": {"field": "says"}},
    }


def as_text(numbers, form=".4g"):
    """Numbers as one text: the file would hold one line for each number of a list."""
    return " ".join(f"{number:{form}}" for number in numbers)


def unfolded(**fields):
    """Turn the texts of some fields into numbers, one row for each.

    The numbers stand in fields of other names: Vega computes again from the texts whenever
    a slider comes back, and a field that replaced its own text would leave nothing to read.

    Args:
        fields: Maps a field that holds a text to the field for its numbers.
    """
    texts = [
        {"calculate": f"split(datum.{text}, ' ')", "as": field}
        for text, field in fields.items()
    ]
    numbers = [
        {"calculate": f"toNumber(datum.{field})", "as": field} for field in fields.values()
    ]
    return [*texts, {"flatten": list(fields.values())}, *numbers]
