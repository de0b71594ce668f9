"""The decoder of images in whole numbers: the same pixels, bit for bit, on any machine.

Floating-point sums depend on their order, and so on the number of threads and on the
processor; a pixel may then be rounded one way here and the other way there. Whole numbers
below 2**53 are added exactly in float64, in any order. So the weights are rounded once,
every layer takes whole numbers and rounds its result to whole numbers, and fast matrix
products serve as before. The idea is that of Balle, Johnston and Minnen (2019).
"""

from dataclasses import dataclass

import numpy as np

PIXEL_POINT = 16  # binary digits after the point of images, steps and coefficients
PATTERN_POINT = 13
NETWORK_POINT = 12
BAND = 32  # rows of blocks that are decoded at once, which bounds the memory
HALO = 2  # rows of blocks beside a band that reach into it: by windows, by the network


def rounded_shift(x, n_digits):
    """Divide whole numbers by 2**n_digits and round, exactly, in float64."""
    return np.floor(x * 2.0**-n_digits + 0.5)


@dataclass(frozen=True, eq=False)
class ExactDecoder:
    """Weights of the decoder as whole numbers, held as float64; S is the stride.

    Args:
        rows: Patterns of rows, (S, 2 S), in units of 2**-13.
        columns: Patterns of columns, as `rows`.
        colors: Colors of the three components, (3, 3), as `rows`.
        order: Frequencies and color of each channel, (K, 3).
        kernels: Three kernels of the repair, (3, 3, a, b), in units of 2**-12.
        biases: Their biases, (b,), in units of 2**-12.
        tilts: What the biases gain with the logarithm of the step, as `biases`.
    """

    rows: np.ndarray
    columns: np.ndarray
    colors: np.ndarray
    order: np.ndarray
    kernels: tuple
    biases: tuple
    tilts: tuple

    def image(self, codes, step, log_step, size):
        """Decode the codes of one image.

        Args:
            codes: Whole numbers, (K, h, w).
            step: Width of a cell, a whole number in units of 2**-16.
            log_step: Natural logarithm of the width, in units of 2**-12.
            size: Height and width of the image.

        Returns:
            uint8, (height, width, 3).
        """
        stride, found = len(self.rows), np.empty((*size, 3), np.uint8)
        for top in range(0, codes.shape[1], BAND):
            first = max(0, top - HALO)
            near = codes[:, first : top + BAND + HALO] * float(step)
            x = self.repair(self.add_up(near), step, log_step)
            x = x[(top - first) * stride :][: BAND * stride, : size[1]]
            x = rounded_shift((x + 2.0 ** (PIXEL_POINT - 1)) * 255.0, PIXEL_POINT)
            band = found[top * stride : (top + BAND) * stride]
            band[:] = np.clip(x[: len(band)], 0, 255)
        return found

    def add_up(self, coefficients):
        """Add up the patterns: (K, h, w) to (S h, S w, 3), around 0, units of 2**-16."""
        _, h, w = coefficients.shape
        stride = len(self.rows)
        z = np.zeros((h, w, stride, stride, 3))
        z[:, :, self.order[:, 0], self.order[:, 1], self.order[:, 2]] = np.moveaxis(
            coefficients, 0, -1
        )
        z = np.einsum("hwuvc->hucwv", z) @ self.columns  # (h, u, c, w, 2 S)
        z = _overlap(rounded_shift(z, PATTERN_POINT))  # (h, u, c, S (w + 1))
        z = np.einsum("hucx->cxhu", z) @ self.rows
        z = _overlap(rounded_shift(z, PATTERN_POINT))  # (c, x, y)
        z = rounded_shift(np.transpose(z) @ self.colors, PATTERN_POINT)
        half = stride // 2
        return z[half:-half, half:-half]

    def repair(self, x, step, log_step):
        """Add what the network makes of an image (H, W, 3), H and W even."""
        height, width, colors = x.shape
        y = x.reshape(height // 2, 2, width // 2, 2, colors).swapaxes(1, 2)
        y = y.reshape(height // 2, width // 2, 4 * colors)
        y = rounded_shift(y, PIXEL_POINT - NETWORK_POINT)
        last = len(self.kernels) - 1
        layers = zip(self.kernels, self.biases, self.tilts, strict=True)
        for i, (kernel, bias, tilt) in enumerate(layers):
            bias = bias + rounded_shift(tilt * log_step, NETWORK_POINT)
            y = rounded_shift(_convolve(y, kernel), NETWORK_POINT) + bias
            if i < last:
                y = np.clip(y, 0, 2.0**24)
        y = y.reshape(height // 2, width // 2, 2, 2, colors).swapaxes(1, 2)
        y = np.clip(y.reshape(height, width, colors), -(2.0**24), 2.0**24)
        return x + rounded_shift(y * step, NETWORK_POINT)


def _overlap(windows):
    """Add windows that overlap by half: (..., n, 2 S) to (..., S (n + 1))."""
    *rest, n, width = windows.shape
    half = width // 2
    found = np.zeros((*rest, n + 1, half))
    found[..., :-1, :] += windows[..., :half]
    found[..., 1:, :] += windows[..., half:]
    return found.reshape(*rest, (n + 1) * half)


def _convolve(y, kernel):
    """Convolve (H, W, a) with (3, 3, a, b), zeros around, row by row of the kernel."""
    height, width, _ = y.shape
    padded = np.pad(y, ((1, 1), (1, 1), (0, 0)))
    found = np.zeros((height, width, kernel.shape[3]))
    for row in range(3):
        for column in range(3):
            part = padded[row : row + height, column : column + width]
            found += part @ kernel[row, column]
    return found
