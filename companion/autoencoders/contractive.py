"""Contractive autoencoder: a code that is told to hardly move when the input moves.

For one layer z = act(x @ W + b) the Jacobian of the code by the input is known in closed
form, and so is the sum of its squared entries:

    dz_j / dx_i = act'_j W_ij        ||J||^2 = sum_j (act'_j)^2 sum_i W_ij^2

where act'_j is z_j (1 - z_j) for a sigmoid, 1 - z_j^2 for tanh, and 1 for a linear unit,
for which the penalty is plain weight decay.
"""

import math
import numbers

import keras
from keras import ops

from companion.autoencoders.losses import jacobian_penalty, squared_error
from companion.autoencoders.nonlinear_code import NonlinearCodeAutoencoder

# Slope of an activation, from its output.
SLOPES = {
    "sigmoid": lambda z: z * (1.0 - z),
    "tanh": lambda z: 1.0 - ops.square(z),
    "linear": ops.ones_like,
}


@keras.saving.register_keras_serializable(package="companion")
class ContractiveAutoencoder(NonlinearCodeAutoencoder):
    """One nonlinear layer and its mirror, with a penalty on the encoder's Jacobian.

    Minimized per example, then averaged over the batch:

        loss = sum_i (x_i - x_hat_i)^2 + penalty * ||J||^2

    Train it with `companion.training.fit(model, x, loss=None)`. With free decoder
    weights the encoder can shrink, and the decoder grow, until ||J|| is small and nothing
    is contracted; tied weights forbid that.

    Args:
        n_features: D, the length of a flattened example, at least 1.
        latent_dim: K, the number of code units, at least 1; it may exceed D.
        penalty: Weight of the squared norm of the Jacobian, not negative.
        activation: Activation of the code: "sigmoid", "tanh" or "linear".
        output_activation: Activation of the last layer.
        tied: Whether the decoder uses the encoder's weights, transposed.
        seed: Seed of the initial weights.

    Shapes:
        x and x_hat are (batch, D); z is (batch, K); a Jacobian is (batch, K, D).

    Raises:
        ValueError: If a size is not an integer of at least 1, `penalty` is negative or
            not finite, or the activation is unknown.

    Source:
        Rifai et al. (2011), Contractive auto-encoders, equations 6 and 7.
    """

    def __init__(
        self,
        n_features,
        latent_dim,
        penalty=0.1,
        activation="sigmoid",
        output_activation="sigmoid",
        tied=True,
        seed=0,
        **kwargs,
    ):
        if activation not in SLOPES:
            known = ", ".join(map(repr, SLOPES))
            raise ValueError(f"activation must be among {known}; got {activation!r}")
        if not (isinstance(penalty, numbers.Real) and 0 <= penalty < math.inf):
            raise ValueError(f"penalty must be finite and not negative; got {penalty!r}")
        super().__init__(
            n_features,
            latent_dim,
            activation=activation,
            output_activation=output_activation,
            tied=tied,
            seed=seed,
            **kwargs,
        )
        self.penalty = float(penalty)

    def call(self, x):
        z = self.encode(x)
        return {"x_hat": self.decode(z), "z": z}

    @property
    def kernel(self):
        """The encoder's weights W, shape (D, K)."""
        return self.encoder.layers[0].kernel

    def slopes(self, z):
        """Slopes of the code units z, (batch, K), by their summed inputs: (batch, K)."""
        return SLOPES[self.activation](z)

    def jacobian(self, x):
        """Jacobian of the code by the input, shape (batch, K, D)."""
        slopes = self.slopes(self.encode(x))
        return ops.expand_dims(slopes, -1) * ops.transpose(self.kernel)

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        contraction = jacobian_penalty(self.slopes(y_pred["z"]), self.kernel)
        error = squared_error(y, y_pred["x_hat"])
        return ops.mean(error + self.penalty * contraction)

    def get_config(self):
        config = super().get_config() | {"penalty": self.penalty}
        del config["hidden"]
        return config
