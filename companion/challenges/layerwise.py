"""Layer by layer: how deep autoencoders were trained before they could be trained at once.

Every layer is first trained alone, to reproduce what enters it through a layer back. The
trained layers, in order, are the encoder, and the layers back, in reverse, the decoder.
"""

import numpy as np

from companion.practice import many_seeds


def pretrain(shape, x, seeds, *, epochs, learning_rate=1e-2):
    """Train the layers of a plain network one after another.

    Args:
        shape: A `companion.challenges.deep.Shape` without remedies.
        x: Training inputs, (n, D), in [0, 1].
        seeds: One for each member.
        epochs: Passes over the data for each layer, in batches of 32.
        learning_rate: Of Adam.

    Returns:
        Weights and biases to start `companion.challenges.deep.train` from.

    Raises:
        ValueError: If the shape has skip connections or normalizes.

    Source:
        Hinton and Salakhutdinov (2006), doi:10.1126/science.1127647, with autoencoders in
        the place of Boltzmann machines, as in Bengio (2009), doi:10.1561/2200000006.
    """
    if shape.skip or shape.normalize:
        raise ValueError(f"shape must be plain; got {shape}")
    layers = shape.layers()
    n_back = len(layers) // 2
    front, back, states = [], [], np.broadcast_to(x, (len(seeds), *np.shape(x)))
    for depth, (n_in, n_out, *_) in enumerate(layers[:n_back]):
        code = depth == n_back - 1  # linear in both directions, the others rectified
        names = ["linear" if code else "relu", "sigmoid" if depth == 0 else "linear"]
        start = many_seeds.init([n_in, n_out, n_in], seeds, "he_normal")
        entering = np.maximum(states, 0.0) if depth > 0 and not code else states
        (weights, biases), _ = many_seeds.train(
            start, entering, names, epochs=epochs, learning_rate=learning_rate
        )
        front.append([weights[0], biases[0]])
        back.insert(0, [weights[1], biases[1]])
        states = entering @ weights[0] + biases[0]
    return [*front, *back]
