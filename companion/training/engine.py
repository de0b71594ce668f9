"""How a training of Keras runs fastest on each backend: what ``make bench`` taught."""

import math

import keras

# Steps of training run in one call into JAX: for small models the call costs more than the
# arithmetic. On TensorFlow `companion.training.steps` takes a whole epoch.
STEPS_PER_EXECUTION = 32

# Trainable parameters x examples x epochs from which TensorFlow compiles with XLA.
# Compiling costs about two seconds of processor time. On two threads a compiled step saved
# some tenths of its own, so that it pays from about ten seconds of training; on one thread
# only convolutions gained. Keras does not compile where TensorFlow must be deterministic,
# as `seed_everything` asks.
XLA_PAYS_FROM = 1e11


def steps_per_execution():
    """Return how many steps one call into the backend takes, where Keras makes it."""
    return STEPS_PER_EXECUTION if keras.backend.backend() == "jax" else 1


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
    """Return Adam, fused on TensorFlow and PyTorch."""
    on_jax = keras.backend.backend() == "jax"
    return (keras.optimizers.Adam if on_jax else FusedAdam)(learning_rate)


@keras.saving.register_keras_serializable(package="companion")
class FusedAdam(keras.optimizers.Adam):
    """The Adam of Keras in one pass over each variable instead of ten.

    TensorFlow and PyTorch each have the whole step as one operation; JAX, which compiles,
    fuses by itself. The step is that of `keras.optimizers.Adam`, save where TensorFlow
    gives the gradient of a table in parts, row by row: the parts of one row are added up
    before they are squared, and Keras 3.15 squares them first.
    """

    def update_step(self, gradient, variable, learning_rate):
        """Change a variable and its two moments in place."""
        index = self._get_variable_index(variable)
        moments = self._momentums[index].value, self._velocities[index].value
        on_torch = keras.backend.backend() == "torch"
        step = self._torch_step if on_torch else self._tensorflow_step
        step(gradient, variable, moments, learning_rate)

    def _tensorflow_step(self, gradient, variable, moments, learning_rate):
        import tensorflow as tf

        steps = tf.cast(self.iterations + 1, variable.dtype)
        beta_1, beta_2 = (
            tf.constant(b, variable.dtype) for b in (self.beta_1, self.beta_2)
        )
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=moments[0].handle,
            v=moments[1].handle,
            beta1_power=beta_1**steps,
            beta2_power=beta_2**steps,
            lr=tf.cast(learning_rate, variable.dtype),
            beta1=beta_1,
            beta2=beta_2,
            epsilon=tf.constant(self.epsilon, variable.dtype),
            grad=tf.convert_to_tensor(gradient),
        )

    def _torch_step(self, gradient, variable, moments, learning_rate):
        # PyTorch adds its epsilon after the correction of the second moment and Keras
        # before it, so epsilon is corrected too:
        # m / (sqrt(v) + eps) = (m / c) / (sqrt(v) / c + eps / c),  c = sqrt(1 - beta_2^t)
        import torch
        from torch.optim.adam import adam as fused_step

        done = float(self.iterations)
        fused_step(
            [variable.value],
            [gradient],
            [moments[0]],
            [moments[1]],
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
