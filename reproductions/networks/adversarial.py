"""The adversarial game and its training step beside SciPy and PyTorch."""

import keras
import numpy as np
import torch
from scipy.spatial.distance import jensenshannon
from scipy.stats import norm, wasserstein_distance

from companion.networks import adversarial_game, mode_coverage
from companion.networks.gan import GAN
from companion.networks.gan_training import Game
from reproductions.networks.parity import Parity, largest_difference

# Keras keeps rates in 32 bits, which hold powers of two exactly.
RATES = {"generator": 2.0**-8, "discriminator": 2.0**-10}
N_STEPS, BATCH_SIZE = 100, 32


def losses_and_slopes():
    """Return the largest differences of both losses and of their slopes from PyTorch's."""
    logits = np.linspace(-40.0, 40.0, 401)
    ours = adversarial_game.generator_losses(logits)
    slopes = adversarial_game.generator_slopes(logits)
    differences = []
    for name, wanted, sign in (("minimax", 0.0, -1.0), ("non_saturating", 1.0, 1.0)):
        s = torch.tensor(logits, requires_grad=True)
        loss = sign * torch.nn.functional.binary_cross_entropy_with_logits(
            s, torch.full_like(s, wanted), reduction="none"
        )
        loss.sum().backward()
        values = loss.detach().numpy()
        differences.append(
            [
                largest_difference([ours[name]], [values]),
                largest_difference([slopes[name]], [s.grad.numpy()]),
            ]
        )
    return np.max(differences, axis=0)


def divergence():
    """Return the difference of the Jensen-Shannon divergence from SciPy's."""
    x = np.linspace(-12.0, 12.0, 4801)
    p, q = norm(-1.0, 0.7).pdf(x), norm(1.5, 1.3).pdf(x)
    ours = adversarial_game.jensen_shannon(x, p, q)
    return abs(ours - jensenshannon(p, q) ** 2)


def transport():
    """Return the relative difference of the distance to a law from SciPy's."""
    samples = np.random.default_rng(0).normal(0.3, 1.5, size=500)
    grid = np.linspace(-12.0, 12.0, 48001)
    ours = mode_coverage.distance_to_density(samples, grid, norm.cdf(grid))
    quantiles = norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    theirs = wasserstein_distance(samples, quantiles)
    return abs(ours - theirs) / theirs


def _network(weights):
    """Build the same dense network in PyTorch from alternating kernels and biases."""
    parts = []
    for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
        layer = torch.nn.Linear(*kernel.shape).double()
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(kernel.T))
            layer.bias.copy_(torch.tensor(bias))
        parts += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*parts[:-1])


def textbook_weights(weights, n_generator, loss, batches):
    """Train with two Adams in PyTorch, each network by its own loss at the old weights.

    Args:
        weights: Initial arrays, the generator's first, in Keras's order.
        n_generator: How many of them are the generator's.
        loss: "minimax" or "non_saturating".
        batches: Pairs of noise and real examples, one for each step.

    Returns:
        The arrays after the last step, in the same order.
    """
    generator, discriminator = (
        _network(part) for part in (weights[:n_generator], weights[n_generator:])
    )
    networks = {"generator": generator, "discriminator": discriminator}
    adams = {
        name: torch.optim.Adam(network.parameters(), lr=RATES[name], betas=(0.5, 0.999))
        for name, network in networks.items()
    }
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    for step, (z, x) in enumerate(batches, start=1):
        z, x = torch.tensor(z), torch.tensor(x)
        ones, zeros = torch.ones(len(x), 1).double(), torch.zeros(len(x), 1).double()
        fake = generator(z)
        judged = discriminator(fake.detach())
        for_discriminator = bce(discriminator(x), ones) + bce(judged, zeros)
        judged = discriminator(fake)
        fooled = bce(judged, ones) if loss == "non_saturating" else -bce(judged, zeros)
        for name, part in (("generator", fooled), ("discriminator", for_discriminator)):
            parameters = list(networks[name].parameters())
            gradients = torch.autograd.grad(part, parameters, retain_graph=True)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.grad = gradient
        for adam in adams.values():
            # Keras adds epsilon before the second moment is corrected, PyTorch after it.
            adam.param_groups[0]["eps"] = 1e-7 / np.sqrt(1 - 0.999**step)
            adam.step()
    layers = [p for network in networks.values() for p in network.parameters()]
    return [p.detach().numpy().T for p in layers]


def training_difference(loss):
    """Return by how much the weights differ after both trainings, in float64."""
    precision, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        gan = GAN(2, noise_dim=3, hidden=(16,), discriminator_hidden=(16, 16), loss=loss)
        game = Game(gan, grid=None)
        game.begin(1, RATES["generator"], RATES["discriminator"])
        start = gan.get_weights()
        game.train(lambda n, rng: rng.normal(size=(n, 2)) + 1.0, N_STEPS, BATCH_SIZE)
    finally:
        keras.config.set_floatx(precision)
        keras.config.set_dtype_policy(policy)
    rng, n = np.random.default_rng(1), N_STEPS * BATCH_SIZE
    z, x = rng.normal(size=(n, 3)), rng.normal(size=(n, 2)) + 1.0
    batches = zip(*(np.split(part, N_STEPS) for part in (z, x)), strict=True)
    n_generator, n_threads = len(gan.generator.weights), torch.get_num_threads()
    torch.set_num_threads(1)  # threads of small products would wait for one another
    try:
        theirs = textbook_weights(start, n_generator, loss, batches)
    finally:
        torch.set_num_threads(n_threads)
    return largest_difference(gan.get_weights(), theirs)


def parities():
    """Return every comparison of the chapter on the adversarial game."""
    loss_difference, slope_difference = losses_and_slopes()
    cross_entropy = "torch.nn.functional.binary_cross_entropy_with_logits"
    steps = f"all weights after {N_STEPS} steps, float64"
    two_adams = "torch.optim.Adam, one for each network"
    return [
        Parity(
            "adversarial_game.generator_losses",
            cross_entropy,
            "both losses at logits from -40 to 40, float64",
            float(loss_difference),
            1e-12,
        ),
        Parity(
            "adversarial_game.generator_slopes",
            "torch.Tensor.backward of that loss",
            "both slopes at logits from -40 to 40, float64",
            float(slope_difference),
            1e-12,
        ),
        Parity(
            "adversarial_game.jensen_shannon",
            "scipy.spatial.distance.jensenshannon, squared",
            "one pair of Gaussian densities, float64",
            divergence(),
            1e-12,
        ),
        Parity(
            "mode_coverage.distance_to_density",
            "scipy.stats.wasserstein_distance to 200000 quantiles",
            "500 samples, relative difference, float64",
            transport(),
            1e-3,
        ),
        *(
            Parity(f"gan.GAN, {loss}", two_adams, steps, training_difference(loss), 1e-12)
            for loss in ("non_saturating", "minimax")
        ),
    ]
