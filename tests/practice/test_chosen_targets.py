"""Codes that forget the place, and centering by mass, on small images."""

import numpy as np
import pytest

from companion.networks.moved_images import in_every_place, shifted
from companion.practice import chosen_targets as ct
from companion.practice.code_uses import label_accuracies


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
    everywhere = in_every_place(x, y, 2)
    parts = [(x, y), everywhere, everywhere]
    assert label_accuracies([centered], parts, 4, (0,)) > 0.95
    assert label_accuracies([plain], parts, 4, (0,)) < 0.9


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


def test_what_is_asked_must_have_the_shape_of_the_images(bars):
    with pytest.raises(ValueError, match=r"shape \(8, 7, 7, 1\); got \(7, 7, 7, 1\)"):
        ct.train_encoders(bars[0], bars[0][1:], 2, (0,))
