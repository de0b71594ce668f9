"""What the straight-through gradient claims, and what the error really does.

Shift every code vector of some images along one axis, as the last bias of the encoder
would. If the vectors are snapped to their nearest entries again, the error of the pixels
is a staircase: flat almost everywhere, with jumps. The straight-through gradient is the
slope of another function, in which the entries move along with the vectors.
"""

import numpy as np
from keras import ops

from companion.autoencoders.losses import squared_error
from companion.autoencoders.quantized import nearest_entries


def shifted_errors(model, x, unit, shifts, snap=True):
    """Squared error of the pixels with the code vectors shifted along one axis.

    Args:
        model: A `VQAutoencoder`.
        x: Images, shape (n, H, W, C).
        unit: The axis, from 0 to d - 1.
        shifts: How far, shape (n_shifts,).
        snap: Whether the nearest entries are looked up after the shift, as the model
            does; if not, the entries of the unshifted vectors are shifted.

    Returns:
        Summed over pixels, averaged over images, shape (n_shifts,).

    Raises:
        ValueError: If `unit` is no axis of the code.
    """
    if unit not in range(model.code_dim):
        raise ValueError(f"unit must lie from 0 to {model.code_dim - 1}; got {unit!r}")
    x = ops.convert_to_tensor(x)
    z_e = ops.convert_to_numpy(model.encoder(x))
    z_q = ops.convert_to_numpy(model.encode(x))
    axis = np.eye(model.code_dim, dtype=z_e.dtype)[unit]
    moves = np.reshape(shifts, (-1, 1, 1, 1, 1)).astype(z_e.dtype) * axis
    if snap:
        z = model.lookup(nearest_entries(z_e + moves, model.codebook))
    else:
        z = ops.convert_to_tensor(z_q + moves)
    x_hat = model.decode(ops.reshape(z, (-1, *z_q.shape[1:])))
    errors = squared_error(ops.tile(x, (len(moves), 1, 1, 1)), x_hat)
    return ops.convert_to_numpy(errors).reshape(len(moves), -1).mean(axis=1)
