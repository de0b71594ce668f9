"""Smooth random deformations of images, drawn anew for each, on any backend.

Every pixel of the deformed image looks up its value at a place that is moved a little:

    place = pixel + sum_j c_j * field_j        c_j drawn from N(0, amplitude**2)

once for the rows and once for the columns. The fields are a stretch and a shear, and
cosine waves over the image, weaker for higher frequencies. Values between the pixels come
from a finer image, made once by cubic splines, with linear interpolation in between: one
linear interpolation on the coarse image would blur it, and so change what is learned.
"""

import keras
import numpy as np
from keras import ops
from scipy.ndimage import map_coordinates

from companion.autoencoders.losses import bernoulli_nll

ZOOM = 2  # places of the finer image for each pixel
N_WAVES = 4  # frequencies along each side, 0 included


def refined(images):
    """Interpolate images by cubic splines on a finer grid, which keeps the pixels.

    Args:
        images: Square images in [0, 1], shape (n, side, side).

    Returns:
        Bytes, shape (n, fine**2) with fine = ZOOM * (side - 1) + 1, row by row.
    """
    n, side, _ = images.shape
    grid = np.arange(ZOOM * (side - 1) + 1) / ZOOM
    spline = [map_coordinates(unit, [grid], order=3) for unit in np.eye(side)]
    spline = np.stack(spline, axis=1).astype("float32")  # (fine, side)
    fine = np.empty((n, len(grid) ** 2), np.uint8)
    for start in range(0, n, 1000):
        part = 255.0 * (spline @ images[start : start + 1000] @ spline.T)
        fine[start : start + 1000] = np.clip(np.rint(part), 0, 255).reshape(
            -1, fine.shape[1]
        )
    return fine


def fields(side, affine, elastic):
    """Make the fields of displacement, in pixels at a coefficient of 1.

    Args:
        side: Pixels along one side of the images.
        affine: Displacement at the border by a stretch or a shear.
        elastic: Strength of the waves.

    Returns:
        Shape (n_fields, side**2).
    """
    place = np.arange(side)
    ramp = np.broadcast_to((2 * place - side + 1) / (side - 1), (side, side))
    waves = [np.cos(np.pi * k * (place + 0.5) / side) for k in range(N_WAVES)]
    found = [affine * ramp, affine * ramp.T]
    for i in range(N_WAVES):
        for j in range(N_WAVES):
            if i + j >= 2:  # slower ones are close to a shift or a stretch
                weight = 2.0 * elastic / (1 + i**2 + j**2)
                found.append(weight * np.outer(waves[i], waves[j]))
    return np.stack([field.ravel() for field in found]).astype("float32")


class WarpedTraining(keras.Model):
    """Train an autoencoder that answers logits on deformed images.

    Args:
        autoencoder: A Keras model from (batch, side**2) to logits of that shape.
        side: Pixels along one side of the images.
        affine: As in `fields`.
        elastic: As in `fields`.
        seed: Seed of the coefficients.

    Shapes:
        fine is (batch, fine**2) of bytes, as `refined` makes it; images and logits are
        (batch, side**2).
    """

    def __init__(self, autoencoder, side, affine, elastic, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.autoencoder, self.side = autoencoder, side
        self.fine = ZOOM * (side - 1) + 1
        self.fields = fields(side, affine, elastic)
        self.noise = keras.random.SeedGenerator(seed)
        self.amplitude = self.add_weight((), "ones", trainable=False, name="amplitude")
        self.built = True

    def warp(self, fine, c_rows, c_columns):
        """Deform images by given coefficients, each (batch, n_fields)."""
        rows, columns = np.indices((self.side, self.side)).reshape(2, -1).astype("float32")
        top, down = self._places(rows, c_rows)
        left, right = self._places(columns, c_columns)
        corner = ops.cast(top * self.fine + left, "int32")

        def value(step):
            return ops.cast(ops.take_along_axis(fine, corner + step, axis=1), "float32")

        upper = (1.0 - right) * value(0) + right * value(1)
        lower = (1.0 - right) * value(self.fine) + right * value(self.fine + 1)
        return ((1.0 - down) * upper + down * lower) / 255.0

    def _places(self, start, coefficients):
        """Whole and broken part of the moved places, counted on the finer grid."""
        moved = start + ops.matmul(coefficients, self.fields)
        moved = ZOOM * ops.clip(moved, 0.0, self.side - 1.001)
        return ops.floor(moved), moved - ops.floor(moved)

    def call(self, fine):
        shape = (2, ops.shape(fine)[0], len(self.fields))
        coefficients = self.amplitude * keras.random.normal(shape, seed=self.noise)
        image = self.warp(fine, coefficients[0], coefficients[1])
        return {"image": image, "logits": self.autoencoder(image)}

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        return ops.mean(bernoulli_nll(y_pred["image"], y_pred["logits"]))
