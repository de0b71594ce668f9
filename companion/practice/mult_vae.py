"""Mult-VAE and Mult-DAE: autoencoders that share out one probability among all items."""

import keras
from keras import layers, ops

from companion.autoencoders.losses import gaussian_kl
from companion.networks.checks import check_counts


def multinomial_nll(x, logits):
    """Negative log-likelihood of a user's items, up to a constant of the data.

    With pi = softmax(logits), -sum_i x_i log pi_i. The multinomial coefficient, which
    depends on x alone, is left out.

    Args:
        x: Counts, here 0 or 1, shape (batch, D).
        logits: Scores of the items, shape (batch, D).

    Returns:
        Nats, summed over the items, shape (batch,).

    Source:
        Liang et al. (2018), arXiv:1802.05814, equation 2.
    """
    return -ops.sum(x * ops.log_softmax(logits, axis=-1), axis=-1)


@keras.saving.register_keras_serializable(package="companion")
class MultVAE(keras.Model):
    """Score all items for a user from the items the user has.

    Minimized, in nats per user, with the mean over the batch:

        loss = mean(-sum_i x_i log pi_i + beta_t KL(q(z | x) || N(0, I)))

    with pi = softmax(decoder(z)). The input is scaled to length 1, and each entry is
    dropped with the rate `dropout`. The weight of the KL grows in a straight line, over
    `anneal_steps` steps, from 0 to `beta`. With `variational` False it is the Mult-DAE:
    z is the mean, and there is no KL.

    Train it with ``training.fit(model, x, ..., loss=None)``.

    Args:
        n_items: D, the number of items.
        latent_dim: K, the number of code units.
        hidden: Widths of the encoder's hidden layers; the decoder mirrors them.
        dropout: Rate at which items of the input are dropped in training.
        beta: Largest weight of the KL, not negative.
        anneal_steps: Steps until it is reached; 0 for no annealing.
        variational: Whether the code is sampled.
        seed: Seed of the initial weights, of dropout and of sampling.

    Shapes:
        x and logits are (batch, D); z, z_mean, z_log_var and eps are (batch, K).

    Raises:
        ValueError: If a size is no integer of at least 1, `dropout` is not in [0, 1), or
            `beta` or `anneal_steps` is negative.

    Source:
        Liang et al. (2018), arXiv:1802.05814, sections 2.1 and 2.2.
    """

    def __init__(
        self,
        n_items,
        latent_dim=50,
        hidden=(),
        dropout=0.5,
        beta=0.2,
        anneal_steps=0,
        variational=True,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        widths = {f"hidden[{i}]": width for i, width in enumerate(hidden)}
        check_counts(n_items=n_items, latent_dim=latent_dim, **widths)
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout must lie in [0, 1); got {dropout}")
        for name, value in {"beta": beta, "anneal_steps": anneal_steps}.items():
            if not value >= 0:
                raise ValueError(f"{name} must not be negative; got {value}")
        self.n_items, self.latent_dim = int(n_items), int(latent_dim)
        self.hidden, self.dropout = tuple(int(width) for width in hidden), float(dropout)
        self.beta, self.anneal_steps = float(beta), int(anneal_steps)
        self.variational, self.seed = bool(variational), int(seed)
        n_code = self.latent_dim * (2 if self.variational else 1)
        self.encoder = _stack("encoder", (self.n_items, *self.hidden, n_code), self.seed)
        down = (self.latent_dim, *self.hidden[::-1], self.n_items)
        self.decoder = _stack("decoder", down, self.seed + 100)
        self.noise = keras.random.SeedGenerator(seed)
        self.steps_done = self.add_weight((), "zeros", trainable=False, name="steps")
        self.build((None, self.n_items))

    def build(self, input_shape):
        # Both halves know their shapes, so the weights exist before the first call.
        self.built = True

    def posterior(self, x, kept=1.0):
        """Map x, (batch, D), to z_mean and z_log_var; the latter is None for a DAE.

        `kept` multiplies the scaled input: 0 for items that are dropped.
        """
        length = ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True))
        output = self.encoder(kept * x / ops.maximum(length, 1e-12))
        return ops.split(output, 2, axis=-1) if self.variational else (output, None)

    def encode(self, x):
        """Map x, (batch, D), to the mean of its code, (batch, K)."""
        return self.posterior(ops.convert_to_tensor(x))[0]

    def decode(self, z):
        """Map codes, (batch, K), to the probabilities of the items, (batch, D)."""
        return ops.softmax(self.decoder(z), axis=-1)

    def outputs(self, x, eps, kept):
        """Run the model with given noise.

        Args:
            x: Rows of 0 and 1, (batch, D).
            eps: Noise from N(0, I), or zeros for the mean code, (batch, K).
            kept: What the scaled input is multiplied by, (batch, D): 0 for items that are
                dropped, and 1 / (1 - dropout) for the others, or 1 for all.

        Returns:
            A dictionary of `logits`, (batch, D), and, for the Mult-VAE, `z_mean` and
            `z_log_var`, (batch, K).
        """
        z_mean, z_log_var = self.posterior(x, kept)
        if not self.variational:
            return {"logits": self.decoder(z_mean)}
        z = z_mean + ops.exp(0.5 * z_log_var) * eps
        return {"logits": self.decoder(z), "z_mean": z_mean, "z_log_var": z_log_var}

    def call(self, x, training=False):
        x = ops.convert_to_tensor(x)
        shape = (ops.shape(x)[0], self.latent_dim)
        if not training:
            return self.outputs(x, ops.zeros(shape), ops.ones_like(x))
        kept = keras.random.dropout(ops.ones_like(x), self.dropout, seed=self.noise)
        return self.outputs(x, keras.random.normal(shape, seed=self.noise), kept)

    def kl_weight(self):
        """Return beta_t, the present weight of the KL."""
        if not self.anneal_steps:
            return self.beta
        return self.beta * ops.minimum(self.steps_done / self.anneal_steps, 1.0)

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        loss = ops.mean(multinomial_nll(x, y_pred["logits"]))
        if self.variational:
            kl = gaussian_kl(y_pred["z_mean"], y_pred["z_log_var"])
            loss = loss + self.kl_weight() * ops.mean(kl)
            if training:
                self.steps_done.assign_add(1.0)
        return loss

    def scores(self, x):
        """Return the logits of all items for each row of x, as an array shaped as x."""
        return ops.convert_to_numpy(self(x)["logits"])

    def get_config(self):
        names = ("n_items", "latent_dim", "hidden", "dropout", "beta", "anneal_steps")
        names += ("variational", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}


def _stack(name, widths, seed):
    """Dense layers with tanh between them and nothing after the last."""
    last = len(widths) - 2
    stack = [
        layers.Dense(
            width,
            None if i == last else "tanh",
            kernel_initializer=keras.initializers.GlorotUniform(seed + i),
        )
        for i, width in enumerate(widths[1:])
    ]
    return keras.Sequential([keras.Input((widths[0],)), *stack], name=name)
