"""Variational autoencoder: a Gaussian code, and Bernoulli or Gaussian features.

For one example x, with the code z = z_mean + exp(z_log_var / 2) * eps, eps from N(0, I):

    ELBO(x) = E_q[log p(x | z)] - KL(q(z | x) || N(0, I))  <=  log p(x)

`companion.autoencoders.importance` has the tighter bounds and estimates of log p(x).
"""

import keras
import numpy as np
from keras import layers, ops

from companion.autoencoders import losses
from companion.networks.checks import check_counts

LIKELIHOODS = ("bernoulli", "gaussian")


@keras.saving.register_keras_serializable(package="companion")
class VAE(keras.Model):
    """Encode an example as a Gaussian over a small code, and decode a sample of it.

    Minimized, in nats per example, with the mean taken over the batch:

        loss = mean(-log p(x | z)) + beta * sum_k max(free_bits, mean(KL_k))

    The first term is summed over the features, the KL over the K code units. With
    beta = 1 and no free bits it is minus the ELBO, from one sample of z.

    Train it with ``training.fit(model, x_train, epochs=..., loss=None)``.

    Args:
        n_features: D, the length of a flattened example.
        latent_dim: K, the number of code units.
        hidden: Widths of the encoder's hidden layers, from the data to the code; the
            decoder mirrors them. Empty for a linear encoder and decoder.
        activation: Activation of the hidden layers.
        likelihood: "bernoulli" for x in [0, 1], "gaussian" for real x.
        sigma: Standard deviation of every feature under the Gaussian likelihood, fixed.
        beta: Weight of the KL, not negative.
        free_bits: Nats below which the KL of a unit, averaged over the batch, earns
            nothing by falling further: the free bits of Kingma et al. (2016), with each
            unit a group of its own.
        warm_up_steps: Training steps over which the weight of the KL grows from 0 to
            beta in a straight line; 0 for none.
        seed: Seed of the initial weights and of the sampling noise.

    Shapes:
        x and x_hat are (batch, D); z, z_mean, z_log_var and eps are (batch, K).

    Raises:
        ValueError: If a size is no integer of at least 1, `likelihood` is unknown,
            `sigma` is not above 0, or another setting is negative.

    Source:
        Kingma and Welling (2014), arXiv:1312.6114, eq. 10 and appendix B; beta: Higgins
        et al. (2017); free bits: Kingma et al. (2016), arXiv:1606.04934;
        warm-up: Bowman et al. (2016), Sønderby et al. (2016).
    """

    def __init__(
        self,
        n_features,
        latent_dim,
        hidden=(64,),
        activation="tanh",
        likelihood="bernoulli",
        sigma=1.0,
        beta=1.0,
        free_bits=0.0,
        warm_up_steps=0,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        widths = {f"hidden[{i}]": width for i, width in enumerate(hidden)}
        check_counts(n_features=n_features, latent_dim=latent_dim, **widths)
        _check_settings(likelihood, sigma, beta, free_bits, warm_up_steps)
        self.n_features, self.latent_dim = int(n_features), int(latent_dim)
        self.hidden = tuple(int(width) for width in hidden)
        self.activation, self.likelihood, self.sigma = activation, likelihood, sigma
        self.beta, self.free_bits = beta, free_bits
        self.warm_up_steps, self.seed = int(warm_up_steps), seed
        up = (self.n_features, *self.hidden, 2 * self.latent_dim)
        down = (self.latent_dim, *self.hidden[::-1], self.n_features)
        self.encoder = _dense_stack("encoder", up, activation, seed)
        self.decoder = _dense_stack("decoder", down, activation, seed + len(up) - 1)
        self.noise = keras.random.SeedGenerator(seed)
        self.steps_done = None
        if self.warm_up_steps:
            self.steps_done = self.add_weight((), "zeros", trainable=False, name="steps")
        self.build((None, self.n_features))

    def build(self, input_shape):
        # Both halves know their shapes, so the weights exist before the first call.
        self.built = True

    def posterior(self, x):
        """Map x, (batch, D), to z_mean and z_log_var of q(z | x), each (batch, K)."""
        return ops.split(self.encoder(x), 2, axis=-1)

    def encode(self, x):
        """Map x, shape (batch, D), to the mean of its code, shape (batch, K)."""
        return self.posterior(x)[0]

    def sample(self, z_mean, z_log_var, eps):
        """Turn noise eps from N(0, I) into a sample of q(z | x), shaped as eps."""
        return z_mean + ops.exp(0.5 * z_log_var) * ops.convert_to_tensor(eps)

    def decode(self, z):
        """Map codes z, (batch, K), to x_hat, the means of the features, (batch, D)."""
        output = self.decoder(z)
        return ops.sigmoid(output) if self.likelihood == "bernoulli" else output

    def reconstruction_nll(self, x, output):
        """Compute -log p(x | z) from the decoder's last layer.

        Args:
            x: Data, shape (batch, D).
            output: Logits or means of the features, shape (batch, D).

        Returns:
            Nats, summed over the features, shape (batch,).
        """
        x = ops.convert_to_tensor(x)
        if self.likelihood == "bernoulli":
            return losses.bernoulli_nll(x, output)
        return losses.gaussian_nll(x, output, self.sigma)

    def outputs(self, x, eps):
        """Run the model with given noise.

        Args:
            x: Data, shape (batch, D).
            eps: Noise from N(0, I), or zeros for the mean code, shape (batch, K).

        Returns:
            A dictionary of z_mean and z_log_var, (batch, K), and `output`, (batch, D):
            the logits (Bernoulli) or means (Gaussian) of the features.
        """
        z_mean, z_log_var = self.posterior(x)
        output = self.decoder(self.sample(z_mean, z_log_var, eps))
        return {"output": output, "z_mean": z_mean, "z_log_var": z_log_var}

    def call(self, x, training=False):
        shape = (ops.shape(x)[0], self.latent_dim)
        # Outside training the mean stands in for z, so that predict() repeats.
        eps = keras.random.normal(shape, seed=self.noise) if training else ops.zeros(shape)
        return self.outputs(x, eps)

    def loss_of(self, x, outputs, kl_weight):
        """Compute the loss of a batch from what `outputs` returned: one number, in nats."""
        nll = ops.mean(self.reconstruction_nll(x, outputs["output"]))
        kl = losses.gaussian_kl_per_unit(outputs["z_mean"], outputs["z_log_var"])
        kl_of_units = ops.maximum(ops.mean(kl, axis=0), self.free_bits)  # (K,)
        return nll + kl_weight * ops.sum(kl_of_units)

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        if not training:
            # The mean code would make the loss too small: no bound. This noise repeats.
            eps = keras.random.normal(ops.shape(y_pred["z_mean"]), seed=self.seed)
            return self.loss_of(x, self.outputs(x, eps), self.beta)
        return self.loss_of(x, y_pred, self._kl_weight())

    def _kl_weight(self):
        if not self.warm_up_steps:
            return self.beta
        share = ops.minimum(self.steps_done / self.warm_up_steps, 1.0)
        self.steps_done.assign(self.steps_done + 1.0)
        return self.beta * share

    def log_weights(self, x, eps):
        """Compute log p(x, z) - log q(z | x) for several samples of each code.

        Args:
            x: Data, shape (batch, D).
            eps: Noise from N(0, I), shape (n_samples, batch, K).

        Returns:
            Nats, shape (n_samples, batch). Their mean over samples estimates the ELBO,
            the logarithm of the mean of their exponentials is the IWAE bound.
        """
        z_mean, z_log_var = self.posterior(x)
        z = self.sample(z_mean, z_log_var, eps)
        output = self.decoder(ops.reshape(z, (-1, self.latent_dim)))
        nll = self.reconstruction_nll(ops.tile(x, (ops.shape(eps)[0], 1)), output)
        # log N(z; 0, I) - log q(z | x); the constants cancel.
        log_ratio = 0.5 * ops.sum(ops.square(eps) + z_log_var - ops.square(z), axis=-1)
        return log_ratio - ops.reshape(nll, ops.shape(log_ratio))

    def start_at_mean(self, x):
        """Set the decoder's last bias so that it first answers the mean of x.

        Args:
            x: Training data, shape (n, D), in [0, 1] for the Bernoulli likelihood, whose
                means are kept at least 1e-3 away from 0 and 1 before the logit.

        Raises:
            ValueError: If `x` is not (n, D).
        """
        if np.ndim(x) != 2 or np.shape(x)[1] != self.n_features:
            raise ValueError(f"x must be (n, {self.n_features}); got shape {np.shape(x)}")
        bias = np.mean(x, axis=0, dtype=float)
        if self.likelihood == "bernoulli":
            rate = np.clip(bias, 1e-3, 1.0 - 1e-3)
            bias = np.log(rate / (1.0 - rate))
        self.decoder.layers[-1].bias.assign(bias.astype("float32"))

    def get_config(self):
        names = ("n_features", "latent_dim", "hidden", "activation", "likelihood", "sigma")
        names += ("beta", "free_bits", "warm_up_steps", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}


def active_units(z_mean, threshold=0.01):
    """Find the code units that tell examples apart.

    Args:
        z_mean: Means of the codes of many examples, shape (n, K).
        threshold: A unit is active if the variance of its mean is above this.

    Returns:
        Boolean array, shape (K,).

    Source:
        Burda et al. (2016), arXiv:1509.00519, section 5.2.
    """
    return np.var(np.asarray(z_mean), axis=0) > threshold


def _dense_stack(name, sizes, activation, seed):
    """Dense layers of the given sizes, the first that of the input, the last linear."""
    stack = keras.Sequential([keras.Input((sizes[0],))], name=name)
    activations = [activation] * (len(sizes) - 2) + ["linear"]
    for i, (width, act) in enumerate(zip(sizes[1:], activations, strict=True)):
        initializer = keras.initializers.GlorotUniform(seed=seed + i)
        stack.add(layers.Dense(width, act, kernel_initializer=initializer))
    return stack


def _check_settings(likelihood, sigma, beta, free_bits, warm_up_steps):
    if likelihood not in LIKELIHOODS:
        raise ValueError(f"likelihood must be one of {LIKELIHOODS}; got {likelihood!r}")
    if not sigma > 0:
        raise ValueError(f"sigma must be above 0; got {sigma}")
    settings = {"beta": beta, "free_bits": free_bits, "warm_up_steps": warm_up_steps}
    for name, value in settings.items():
        if not value >= 0:
            raise ValueError(f"{name} must not be negative; got {value}")
