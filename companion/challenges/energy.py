"""What one reconstruction costs in energy: an estimate from counts and a table.

Multiply-adds and bytes are counted from the shapes of the layers; the energy of each is
that of a chip of 45 nm at 0.9 V, which was published in 2014. Newer chips need less of
both. It leaves out instructions, clocks, leakage and everything else a processor does, so
it is an estimate from below. Units: pJ, and bytes.
"""

import math
from typing import NamedTuple

import numpy as np

# A product and a sum, in pJ. Products of 8-bit integers are summed in 32 bits.
MULTIPLY_ADD_PJ = {"float32": 3.7 + 0.9, "float16": 1.1 + 0.4, "int8": 0.2 + 0.1}
BYTES = {"float32": 4, "float16": 2, "int8": 1}
# Reading 64 bits: 10, 20 and 100 pJ from caches; the lower end of 1300 to 2600 from DRAM.
BYTE_PJ = {
    "cache of 8 kB": 10 / 8,
    "cache of 32 kB": 20 / 8,
    "cache of 1 MB": 100 / 8,
    "DRAM": 1300 / 8,
}
AVOGADRO = 6.02214076e23  # 1/mol


class Counts(NamedTuple):
    """What a network does and holds.

    Args:
        multiply_adds: For one example.
        weights: Numbers that are read, whatever the batch.
        activations: Numbers that the layers read and write, for one example.
    """

    multiply_adds: int
    weights: int
    activations: int


def dense_counts(sizes):
    """Count a network of dense layers.

    Args:
        sizes: Widths of the layers, the input first.

    Returns:
        `Counts`; the weights include the biases.
    """
    pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
    products = sum(n_in * n_out for n_in, n_out in pairs)
    return Counts(products, products + sum(sizes[1:]), sum(n + m for n, m in pairs))


def model_counts(model):
    """Count the dense and convolutional layers of a Keras autoencoder.

    A weight of a convolution is used once for each place of its output, one of a
    transposed convolution once for each place of its input; products with the zeros
    around an image are counted, too.

    Args:
        model: It has `encoder` and `decoder`, both Sequential.

    Returns:
        `Counts`.
    """
    found = np.zeros(3, int)
    for layer in [*model.encoder.layers, *model.decoder.layers]:
        if not hasattr(layer, "kernel"):
            continue
        shape_in, shape_out = layer.input.shape[1:], layer.output.shape[1:]
        is_transposed = "Transpose" in type(layer).__name__
        places = math.prod((shape_in if is_transposed else shape_out)[:-1])
        n_weights = math.prod(layer.kernel.shape)
        moved = math.prod(shape_in) + math.prod(shape_out)
        found += (places * n_weights, n_weights + math.prod(layer.bias.shape), moved)
    return Counts(*found.tolist())


def energy_pj(counts, number, memory, batch=1):
    """Estimate the energy of one reconstruction.

    Weights are read once for a batch from the memory; activations stay in a cache of
    8 kB.

    Args:
        counts: `Counts`.
        number: Kind of number, a key of `BYTES`.
        memory: Where the weights lie, a key of `BYTE_PJ`.
        batch: Examples that share one reading of the weights.

    Returns:
        arithmetic: pJ for an example.
        weights: pJ for reading weights, for an example.
        activations: pJ for reading and writing activations, for an example.

    Raises:
        ValueError: If the kind of number or the memory is unknown, or `batch` below 1.

    Source:
        Horowitz (2014), doi:10.1109/ISSCC.2014.6757323, figure 1.1.9.
    """
    if number not in BYTES:
        raise ValueError(f"number must be among {', '.join(BYTES)}; got {number!r}")
    if memory not in BYTE_PJ:
        raise ValueError(f"memory must be among {', '.join(BYTE_PJ)}; got {memory!r}")
    if batch < 1:
        raise ValueError(f"batch must be at least 1; got {batch}")
    size = BYTES[number]
    return (
        counts.multiply_adds * MULTIPLY_ADD_PJ[number],
        counts.weights * size * BYTE_PJ[memory] / batch,
        counts.activations * size * BYTE_PJ["cache of 8 kB"],
    )


def watts_of_atp(molecules_per_second, kilojoules_per_mole):
    """Turn a rate of ATP into a power: molecules / Avogadro's number x energy of a mole.

    Args:
        molecules_per_second: Molecules of ATP that are used up, 1/s.
        kilojoules_per_mole: Free energy that a mole sets free, kJ/mol.

    Returns:
        W.
    """
    return molecules_per_second / AVOGADRO * kilojoules_per_mole * 1e3
