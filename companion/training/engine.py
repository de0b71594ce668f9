"""How a training of Keras runs fastest on each backend: what ``make bench`` taught."""

import math

import keras

# Steps of training run in one call into the backend: for small models the call costs
# more than the arithmetic.
STEPS_PER_EXECUTION = 32

# Trainable parameters x examples x epochs from which TensorFlow compiles with XLA.
# Compiling costs about two seconds of processor time. On two threads a compiled step saved
# some tenths of its own, so that it pays from about ten seconds of training; on one thread
# only convolutions gained. Keras does not compile where TensorFlow must be deterministic,
# as `seed_everything` asks.
XLA_PAYS_FROM = 1e11


def steps_per_execution():
    """Return how many steps one call into the backend takes; PyTorch allows one."""
    return 1 if keras.backend.backend() == "torch" else STEPS_PER_EXECUTION


def jit_compile(model, n_examples, epochs):
    """Decide whether the steps of a training are compiled.

    Args:
        model: A built Keras model.
        n_examples: Training examples.
        epochs: Passes over them, at most.

    Returns:
        What `keras.Model.compile` takes: True on TensorFlow where it pays, otherwise
        "auto", which compiles on JAX and not on PyTorch or on TensorFlow without a GPU.
    """
    if keras.backend.backend() != "tensorflow":
        return "auto"
    n_parameters = sum(math.prod(v.shape) for v in model.trainable_variables)
    return True if n_parameters * n_examples * epochs >= XLA_PAYS_FROM else "auto"


def adam(learning_rate):
    """Return the optimizer Adam of Keras; on PyTorch, the one that is fused."""
    on_torch = keras.backend.backend() == "torch"
    return (FusedAdam if on_torch else keras.optimizers.Adam)(learning_rate)


@keras.saving.register_keras_serializable(package="companion")
class FusedAdam(keras.optimizers.Adam):
    """The Adam of Keras on PyTorch, in one pass over each variable instead of ten.

    The step is that of `keras.optimizers.Adam`. PyTorch adds its epsilon after the
    correction of the second moment and Keras before it, so epsilon is corrected too:

        m / (sqrt(v) + eps) = (m / c) / (sqrt(v) / c + eps / c),   c = sqrt(1 - beta_2^t)
    """

    def update_step(self, gradient, variable, learning_rate):
        """Change a variable and its two moments in place."""
        import torch
        from torch.optim.adam import adam as fused_step

        index, done = self._get_variable_index(variable), float(self.iterations)
        fused_step(
            [variable.value],
            [gradient],
            [self._momentums[index].value],
            [self._velocities[index].value],
            [],
            [torch.tensor(done, device=variable.value.device)],
            fused=True,
            amsgrad=False,
            beta1=self.beta_1,
            beta2=self.beta_2,
            lr=float(learning_rate),
            weight_decay=0.0,
            eps=self.epsilon / math.sqrt(1 - self.beta_2 ** (done + 1)),
            maximize=False,
        )
