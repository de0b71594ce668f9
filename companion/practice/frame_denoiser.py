"""A network that cleans a sound window by window.

It sees five neighboring windows of the noisy spectrum and answers with the magnitudes of
the one in the middle. They are then given the noisy phase. There are two ways to answer::

    magnitude    M = softplus(g(z))          drawn from the code z, as an autoencoder does
    gain         M = sigmoid(g(z)) |X|       the input itself, frequency by frequency made
                                             smaller

Both are trained on the squared error to the best magnitude that the noisy phase allows,
``Re(S conj(X)) / |X|``, since with it the error of the sound's own amplitudes is least.
"""

import keras
import numpy as np
from keras import layers

from companion.networks.checks import check_counts
from companion.practice.noise_filters import noise_power
from companion.practice.spectrogram import N_BINS, sound_of, spectrum

CONTEXT = 2  # windows on either side
N_FEATURES = (2 * CONTEXT + 1) * N_BINS
ANSWERS = ("magnitude", "gain")


@keras.saving.register_keras_serializable(package="companion")
class FrameDenoiser(keras.Model):
    """Noisy windows in, the magnitudes of the clean middle window out.

    Args:
        latent_dim: K, the length of the code, at least 1.
        answer: "magnitude" or "gain", see above.
        hidden: Width of the one hidden layer on each side of the code, with ReLU.
        seed: Seed of the initial weights.

    Shapes:
        x is (batch, 645 + 129): features of five windows, then the noisy magnitudes of the
        middle one; the output is (batch, 129).

    Raises:
        ValueError: If a size is no integer of at least 1, or `answer` is unknown.
    """

    def __init__(self, latent_dim, answer="gain", hidden=128, seed=0, **kwargs):
        super().__init__(**kwargs)
        check_counts(latent_dim=latent_dim, hidden=hidden)
        if answer not in ANSWERS:
            raise ValueError(f"answer must be one of {ANSWERS}; got {answer!r}")
        self.latent_dim, self.answer = latent_dim, answer
        self.hidden, self.seed = hidden, seed
        last = "softplus" if answer == "magnitude" else "sigmoid"
        self.encoder = self._pair(N_FEATURES, hidden, latent_dim, "linear", 0)
        self.decoder = self._pair(latent_dim, hidden, N_BINS, last, 2)
        self.built = True

    def _pair(self, n_in, n_hidden, n_out, last, first):
        starts = [
            keras.initializers.GlorotUniform(int(s))
            for s in np.random.SeedSequence(self.seed).generate_state(4)[first : first + 2]
        ]
        return keras.Sequential(
            [
                keras.Input((n_in,)),
                layers.Dense(n_hidden, "relu", kernel_initializer=starts[0]),
                layers.Dense(n_out, last, kernel_initializer=starts[1]),
            ]
        )

    def build(self, input_shape):
        # Both parts have their weights already.
        self.built = True

    def encode(self, x):
        """Return the codes z of windows, (batch, K)."""
        return self.encoder(x[:, :N_FEATURES])

    def call(self, x, training=False):
        found = self.decoder(self.encode(x))
        return found * x[:, N_FEATURES:] if self.answer == "gain" else found

    def get_config(self):
        names = ("latent_dim", "answer", "hidden", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}


def inputs(noisy):
    """Return what the network sees of noisy sounds.

    A feature is ``log(1 + |X|**2 / N) / 4``, with N the power of the noise in the pause at
    the beginning, so the network knows of the noise what the filters know. Magnitudes are
    in units of their root mean square over the sound.

    Args:
        noisy: Sounds, shape (n, n_samples).

    Returns:
        x: Shape (n, n_windows, 645 + 129), float32.
        scale: The unit of the magnitudes, shape (n, 1, 1).
    """
    amplitudes = spectrum(noisy)
    magnitudes = np.abs(amplitudes)
    scale = np.sqrt(np.mean(magnitudes**2, axis=(-2, -1), keepdims=True))
    features = np.log1p(magnitudes**2 / noise_power(amplitudes)) / 4.0
    ends = [(0, 0)] * (features.ndim - 2) + [(CONTEXT, CONTEXT), (0, 0)]
    padded, n = np.pad(features, ends, mode="edge"), features.shape[-2]
    neighbors = [padded[..., i : i + n, :] for i in range(2 * CONTEXT + 1)]
    x = np.concatenate([*neighbors, magnitudes / scale], axis=-1)
    return x.astype(np.float32), scale


def targets(clean, noisy):
    """Return the magnitudes the network should answer with, in the unit of `inputs`.

    Args:
        clean: Sounds, shape (n, n_samples).
        noisy: The same with noise.

    Returns:
        ``Re(S conj(X)) / |X|``, negative values set to 0, shape (n, n_windows, 129).
    """
    amplitudes, wanted = spectrum(noisy), spectrum(clean)
    magnitudes = np.abs(amplitudes)
    scale = np.sqrt(np.mean(magnitudes**2, axis=(-2, -1), keepdims=True))
    along = (wanted * amplitudes.conj()).real / np.maximum(magnitudes, 1e-12)
    return (np.maximum(along, 0.0) / scale).astype(np.float32)


def denoise(model, noisy):
    """Clean sounds whose first 1024 samples hold noise only.

    Args:
        model: A `FrameDenoiser`.
        noisy: Sounds, shape (n, n_samples).

    Returns:
        Clean sounds as far as the model can tell, shape (n, n_samples).

    Raises:
        ValueError: If a sample is missing or the sounds are shorter than a window.
    """
    amplitudes = spectrum(noisy)
    x, scale = inputs(noisy)
    found = model.predict(x.reshape(-1, x.shape[-1]), batch_size=4096, verbose=0)
    phases = amplitudes / np.maximum(np.abs(amplitudes), 1e-12)
    return sound_of(found.reshape(amplitudes.shape) * scale * phases, noisy.shape[-1])
