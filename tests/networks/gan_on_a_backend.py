"""Save what a GAN answers and learns on the backend of KERAS_BACKEND: run as a script."""

import sys

import keras
import numpy as np

from companion.networks.gan import GAN
from companion.networks.gan_training import Game

N_STEPS, BATCH_SIZE = 5, 16


def play(pack, loss, seed=3):
    """Return the weights of a small GAN after a few steps, and some answers, by name."""
    gan = GAN(2, noise_dim=3, hidden=(8,), discriminator_hidden=(8,), loss=loss, pack=pack)
    game = Game(gan)
    game.begin(seed, 2e-3, 1e-3)
    game.train(lambda n, rng: rng.normal(size=(n, 2)) + 1.0, N_STEPS, BATCH_SIZE)
    answers = {f"weight {i}": w for i, w in enumerate(gan.get_weights())}
    answers["generated"] = game.generate(8)
    answers["judged"] = keras.ops.convert_to_numpy(gan.probability(answers["generated"]))
    return answers


def every_answer():
    """Return the answers of two settings, by name."""
    settings = {"plain": (1, "non_saturating"), "packed": (2, "minimax")}
    return {
        f"{name}: {key}": value
        for name, setting in settings.items()
        for key, value in play(*setting).items()
    }


if __name__ == "__main__":
    np.savez(sys.argv[1], **every_answer())
