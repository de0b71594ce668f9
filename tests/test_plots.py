"""What a figure of the course must carry, and that it draws the numbers it was given."""

import base64
import gc
import io

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from companion import plots

ALT = "Three lines that fall from left to right."
CAPTION = "The three lines fall at the same rate."
TEXTS = {"alt": ALT, "caption": CAPTION}
LIMIT_BYTES = 60_000


def every_figure(rng):
    """One typical call of each ready function, with the arrays that went in."""
    x = np.linspace(0.0, 1.0, 20)
    images, colored = rng.random((8, 8, 8, 1)), rng.random((4, 16, 16, 3))
    z, labels = rng.normal(size=(400, 2)), rng.integers(0, 10, 400)
    series, bands = {f"line {i}": i + x**2 for i in range(5)}, {"line 0": 0.1 + x}
    losses = {"loss": 1 / (1 + x), "val_loss": 1.1 / (1 + x)}
    runs = {"mean predictor": np.array([3.0]), "autoencoder": np.array([1.0, 2.0, 4.0])}
    axes = {"x_label": "time (ms)", "y_label": "potential (mV)"}
    arrays = [x, images, colored, z, labels, *series.values(), *bands.values()]
    arrays += [*losses.values(), *runs.values()]
    events = {"threshold unit": (1943, 0), "perceptron": (1958, 1)}
    debts = [("threshold unit", "perceptron")]
    figures = {
        "curves": lambda **t: plots.curves(x, series, bands=bands, **axes, **t),
        "image_grid": lambda **t: plots.image_grid(colored, titles=list("abcd"), **t),
        "image_rows": lambda **t: plots.image_rows({"weights": images}, weights=True, **t),
        "latent_scatter": lambda **t: plots.latent_scatter(z, labels, **t),
        "method_points": lambda **t: plots.method_points(runs, value_label="MSE", **t),
        "reconstructions": lambda **t: plots.reconstructions(images, {"PCA": images}, **t),
        "slider": lambda **t: plots.slider(
            x,
            np.outer(x, x),
            x**2,
            sentences=list(map(str, x)),
            start=3,
            step=0.1,
            labels=("a", "b", "c", "d"),
            **t,
        ),  # fmt: skip
        "timeline": lambda **t: plots.timeline(events, debts, sides=("a", "b"), **t),
        "training_history": lambda **t: plots.training_history(losses, **t),
    }
    return figures, arrays


def names():
    return sorted(every_figure(np.random.default_rng(0))[0])


def contrast(color, other):
    """Contrast ratio of WCAG 2.2, from the relative luminance of sRGB."""

    def luminance(rgb):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
        return np.dot([0.2126, 0.7152, 0.0722], linear)

    light, dark = sorted((luminance(to_rgb(color)), luminance(to_rgb(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("missing", ["alt", "caption"])
def test_both_texts_are_required(rng, name, missing):
    make = every_figure(rng)[0][name]
    texts = {key: text for key, text in TEXTS.items() if key != missing}
    with pytest.raises(TypeError, match=missing):
        make(**texts)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"alt": "", "caption": CAPTION}, "alt must be one line of at least 20"),
        ({"alt": "A picture.", "caption": CAPTION}, "alt must .* got 'A picture.'"),
        ({"alt": ALT + "\n" + ALT, "caption": CAPTION}, "alt must be one line"),
        ({"alt": None, "caption": CAPTION}, "alt must .* got None"),
        ({"alt": ALT, "caption": "See here."}, "caption must be one line of at least 20"),
        ({"alt": ALT, "caption": CAPTION.rstrip(".")}, "caption must .* end with a period"),
        ({"alt": ALT, "caption": CAPTION.lower()}, "caption must begin with a capital"),
    ],
)
def test_a_text_that_says_too_little_is_refused(texts, message):
    fig, _ = plots.canvas()
    with pytest.raises(ValueError, match=message):
        plots.described(fig, **texts)


def test_a_figure_is_shown_as_one_picture_with_alt_text_and_its_caption(rng, monkeypatch):
    shown = []
    monkeypatch.setattr(
        "IPython.display.display", lambda data, **options: shown.append((data, options))
    )
    figure = every_figure(rng)[0]["curves"](**TEXTS)
    figure._ipython_display_()
    (picture, options), (caption, _) = shown
    assert set(picture) == {"image/png", "text/plain"}
    assert picture["text/plain"] == "Figure: " + ALT
    assert options["metadata"] == {"image/png": {"alt": ALT}}
    assert base64.b64decode(picture["image/png"]) == figure.png()
    assert caption["text/markdown"] == CAPTION


@pytest.mark.parametrize("name", names())
def test_the_picture_is_small_opaque_and_the_same_every_time(rng, name):
    make = every_figure(rng)[0][name]
    data = make(**TEXTS).png()
    assert data == make(**TEXTS).png()
    assert len(data) <= LIMIT_BYTES
    image = Image.open(io.BytesIO(data))
    assert image.format == "PNG"
    assert not image.info  # no software, date or transparency
    assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("name", names())
def test_arrays_stay_untouched_and_no_figure_stays_open(rng, name):
    figures, arrays = every_figure(rng)
    copies = [array.copy() for array in arrays]
    settings = dict(mpl.rcParams)
    figures[name](**TEXTS).png()
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    assert dict(mpl.rcParams) == settings
    gc.collect()
    assert not mpl._pylab_helpers.Gcf.figs


def test_every_color_of_a_line_is_seen_against_the_background():
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)  # known pair
    for color in plots.COLORS:
        assert contrast(color, plots.BACKGROUND) >= 3.0, color


def test_curves_draw_the_given_numbers_and_differ_by_more_than_color(rng):
    x = np.arange(6.0)
    series = {name: rng.normal(size=6) for name in "abcde"}
    half = rng.random(6)
    figure = plots.curves(x, series, bands={"c": half}, x_label="t", y_label="v", **TEXTS)
    (ax,) = figure.figure.axes
    for line, (name, y) in zip(ax.lines, series.items(), strict=True):
        assert line.get_label() == name
        np.testing.assert_array_equal(line.get_xdata(), x)
        np.testing.assert_array_equal(line.get_ydata(), y)
    for look in ("get_marker", "get_color"):
        assert len({getattr(line, look)() for line in ax.lines}) == 5
    (band,) = ax.collections
    box = band.get_paths()[0].get_extents()
    assert box.y0 == pytest.approx((series["c"] - half).min())
    assert box.y1 == pytest.approx((series["c"] + half).max())


def test_a_cycle_of_plain_lines_differs_in_line_style():
    _, ax = plots.canvas()
    lines = [ax.plot([0, 1], [i, i])[0] for i in range(5)]
    assert len({(line._dash_pattern[0], str(line._dash_pattern[1])) for line in lines}) == 5


def test_images_are_drawn_as_given_on_a_fixed_scale(rng):
    x, x_hat = 0.5 * rng.random((3, 4, 5, 1)), 0.5 * rng.random((3, 4, 5, 1))
    axes = plots.reconstructions(x, {"PCA": x_hat}, **TEXTS).figure.axes
    for ax, image in zip(axes, np.concatenate([x, x_hat]), strict=True):
        (drawn,) = ax.images
        np.testing.assert_array_equal(drawn.get_array(), image[:, :, 0])
        assert drawn.get_clim() == (0.0, 1.0)
    assert [axes[0].get_ylabel(), axes[3].get_ylabel()] == ["original", "PCA"]


def test_weights_are_drawn_in_cividis_around_zero(rng):
    weights = rng.normal(size=(1, 4, 4))
    (ax,) = plots.image_grid(weights, weights=True, **TEXTS).figure.axes
    assert ax.images[0].get_cmap().name == "cividis"
    assert ax.images[0].get_clim() == (-np.abs(weights).max(), np.abs(weights).max())


def test_points_show_every_run_their_mean_and_one_standard_deviation():
    runs = [1.0, 2.0, 6.0]  # mean 3, deviations -2, -1, 3: variance 14 / 2
    figure = plots.method_points({"A": [4.0], "B": runs}, value_label="MSE", **TEXTS)
    (ax,) = figure.figure.axes
    assert [text.get_text() for text in ax.get_yticklabels()] == ["A", "B"]
    np.testing.assert_array_equal(ax.lines[4].get_xdata(), runs)
    bars = [c.get_segments()[0][:, 0] for c in ax.collections]
    np.testing.assert_allclose(bars[1], [3 - np.sqrt(7), 3 + np.sqrt(7)])
    assert ax.containers[1].lines[0].get_xdata() == pytest.approx([3.0])


def test_scatter_draws_each_class_with_its_own_marker_and_name(rng):
    z, labels = rng.normal(size=(60, 2)), np.arange(60) % 10
    (ax,) = plots.latent_scatter(z, labels, **TEXTS).figure.axes
    for i, points in enumerate(ax.collections):
        np.testing.assert_array_equal(points.get_offsets(), z[labels == i])
        np.testing.assert_allclose(
            ax.texts[i].get_position(), np.median(z[labels == i], axis=0)
        )
    assert len({c.get_paths()[0].vertices.tobytes() for c in ax.collections}) == 10
    assert [text.get_text() for text in ax.texts] == list("0123456789")


def test_history_draws_epochs_from_one_for_one_run_and_for_several():
    history = {"loss": [3.0, 2.0], "val_loss": [4.0, 3.5]}
    for given in (history, {"seed 0": history, "seed 1": history}):
        (ax,) = plots.training_history(given, **TEXTS).figure.axes
        assert len(ax.lines) == (2 if given is history else 4)
        for line, y in zip(ax.lines, [*history.values()] * 2, strict=False):
            np.testing.assert_array_equal(line.get_xdata(), [1, 2])
            np.testing.assert_array_equal(line.get_ydata(), y)
        looks = {(line.get_marker(), line.get_linestyle()) for line in ax.lines}
        assert len(looks) == len(ax.lines)


@pytest.mark.parametrize(
    ("run", "before"), [(None, ""), ("seed 0", "seed 0, "), ("wide", "wide, ")]
)
def test_history_names_the_line_of_each_loss(run, before):
    history = {"val_loss": [4.0, 3.5], "loss": [3.0, 2.0]}
    given = history if run is None else {run: history}
    (ax,) = plots.training_history(given, **TEXTS).figure.axes
    legend = ax.get_legend()
    names = [text.get_text() for text in legend.get_texts()]
    assert sorted(names) == [before + "training", before + "validation"]
    expected = {before + "training": [3.0, 2.0], before + "validation": [4.0, 3.5]}
    for handle, name in zip(legend.legend_handles, names, strict=True):
        look = (handle.get_color(), handle.get_linestyle())
        (line,) = [x for x in ax.lines if (x.get_color(), x.get_linestyle()) == look]
        np.testing.assert_array_equal(line.get_ydata(), expected[name])


def test_timeline_puts_events_in_order_and_points_from_lender_to_borrower():
    events = {"late": (1990, 1), "early": (1943, 0), "middle": (1958, 1)}
    _, ax = plots.canvas()
    plots.draw_timeline(ax, events, [("early", "late")], sides=("brain", "networks"))
    names = [text.get_text() for text in ax.texts if text.get_text()]
    assert names == ["1943  early", "1958  middle", "1990  late", "brain", "networks"]
    assert [tuple(line.get_xydata()[0]) for line in ax.lines] == [(0, 0), (1, 1), (1, 2)]
    (arrow,) = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert (arrow.xyann, arrow.xy) == ((0, 0), (1, 2))
    assert arrow.arrowprops["arrowstyle"] == "->"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a, b: plots.draw_image(a, np.ones(3)), r"image must .* got shape \(3,\)"),
        (lambda a, b: plots.draw_image(a, np.ones((4, 4, 2))), r"shape \(4, 4, 2\)"),
        (lambda a, b: plots.draw_curves(a, np.ones((2, 2)), {}), r"x must be \(n,\)"),
        (lambda a, b: plots.draw_curves(a, np.ones(2), {"q": [1]}), r"series\['q'\] must"),
        (lambda a, b: plots.draw_curves(a, [1], {str(i): [1] for i in range(6)}), "got 6"),
        (
            lambda a, b: plots.draw_curves(a, [1], {"q": [1]}, bands={"r": [1]}),
            "bands must",
        ),
        (lambda a, b: plots.draw_points(a, {}), "at least one method"),
        (lambda a, b: plots.draw_points(a, {"q": [np.nan]}), r"values\['q'\] must .*nan"),
        (
            lambda a, b: plots.draw_scatter(a, np.ones((4, 3)), np.ones(4)),
            r"got .*\(4, 3\)",
        ),
        (lambda a, b: plots.draw_scatter(a, np.ones((4, 2)), np.ones(3)), "labels must"),
        (lambda a, b: plots.draw_scatter(a, np.ones((11, 2)), range(11)), "got 11"),
        (lambda a, b: plots.draw_history(a, {"accuracy": [1]}), "got .'accuracy'."),
        (lambda a, b: plots.draw_history(a, {}), "got 0"),
        (
            lambda a, b: plots.draw_timeline(a, {"q": (1943, 0)}, [("q", "r")], sides="ab"),
            r"debts must name events, .* got \['r'\]",
        ),
        (lambda a, b: plots.image_grid(np.ones((4, 4)), **b), r"got shape \(4, 4\)"),
        (lambda a, b: plots.image_grid(np.ones((2, 4, 4)), ["one"], **b), "titles must"),
        (lambda a, b: plots.image_rows({}, **b), "rows must"),
        (
            lambda a, b: plots.reconstructions(np.ones((2, 4, 4)), np.ones((2, 4, 5)), **b),
            r"x_hat\['reconstruction'\] must be \(2, 4, 4\) as x; got shape \(2, 4, 5\)",
        ),
    ],
)
def test_wrong_input_is_one_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call(plots.canvas()[1], TEXTS)
