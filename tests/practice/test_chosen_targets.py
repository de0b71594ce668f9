"""Codes that forget the place, and centering by mass, on small images."""

import numpy as np
import pytest

from companion.networks.moved_images import shifted
from companion.practice import chosen_targets as ct


@pytest.fixture
def bars():
    """Upright and level bars of 3 pixels in the middle of 7 x 7, and their classes."""
    x = np.zeros((8, 7, 7, 1))
    x[::2, 2:5, 3], x[1::2, 3, 2:5] = 1.0, 1.0
    return x * np.linspace(0.5, 1.0, 8)[:, None, None, None], np.arange(8) % 2


@pytest.mark.parametrize("steps", [(2, -1), (0, 2), (-2, -2)])
def test_mass_brings_a_moved_image_back(bars, steps):
    x, _ = bars
    np.testing.assert_array_equal(ct.centered_by_mass(shifted(x, *steps)), x)


def test_the_middle_of_a_light_and_a_heavy_pixel_is_nearer_to_the_heavy_one():
    image = np.zeros((1, 7, 7, 1))
    image[0, 0, 0], image[0, 0, 4] = 1.0, 3.0  # center of mass at (0, 3)
    moved = ct.centered_by_mass(image)
    assert np.argwhere(moved[0, :, :, 0]).tolist() == [[3, 0], [3, 4]]


def test_codes_asked_for_the_centered_image_forget_the_place(bars):
    x, y = bars
    centered, plain = (
        ct.train_encoders(x, asked, 2, (0,), n_steps=600, hidden=32)[0]
        for asked in (x, None)
    )

    def share_of_place(encode):
        codes = np.stack([encode(shifted(x, *s)) for s in ((2, 2), (0, 0), (-2, 1))])
        return codes.var(axis=0).sum() / codes.reshape(-1, 2).var(axis=0).sum() / 8

    assert share_of_place(centered) < 0.2 * share_of_place(plain)
    assert ct.accuracy_in_all_places(centered, (x, y), (x, y)) > 0.95


def test_each_image_is_asked_for_its_own_picture(bars, monkeypatch):
    class Recorder(ct.TrainedAgain):
        def begin(self, weights):
            super().begin(weights)
            self.steps = self

        def run(self, x, target, order, batch_size):
            pictures = [a.reshape(-1, 7, 7, 1) for a in (x, target)]
            np.testing.assert_array_equal(ct.centered_by_mass(pictures[0]), pictures[1])

    monkeypatch.setattr(ct, "TrainedAgain", Recorder)
    ct.train_encoders(bars[0], bars[0], 2, (0,), n_steps=1)


def test_accuracy_is_the_mean_over_25_places(bars):
    x, y = bars

    def top_left(images):
        return images[:, :5, :5].reshape(len(images), -1)

    found = ct.accuracy_in_all_places(top_left, (x, y), (x, y))
    assert found * 25 * 8 == pytest.approx(round(found * 25 * 8))
    assert 0.0 < found < 1.0


def test_labels_in_all_places_help_a_classifier_of_pixels(bars):
    x, y = bars
    pixels = [lambda images: images.reshape(len(images), -1)]
    few = ct.accuracies(pixels, (x, y), (x, y), 2, (0, 1))
    many = ct.accuracies(pixels, (x, y), (x, y), 2, (0, 1), everywhere=True)
    assert few.shape == (2,)
    assert (many > few).all()


def test_each_encoder_takes_its_share_of_the_draws(bars):
    x, y = bars
    good = lambda images: ct.centered_by_mass(images).reshape(len(images), -1)  # noqa: E731
    blind = lambda images: np.zeros((len(images), 1)) + np.arange(len(images))[:, None]  # noqa: E731
    found = ct.accuracies([good, blind], (x, y), (x, y), 2, (0, 1, 2))
    assert found[0] == found[2] == 1.0
    assert found[1] < 1.0


def test_what_is_asked_must_have_the_shape_of_the_images(bars):
    with pytest.raises(ValueError, match=r"shape \(8, 7, 7, 1\); got \(7, 7, 7, 1\)"):
        ct.train_encoders(bars[0], bars[0][1:], 2, (0,))
