"""Run the steps of an epoch on arrays that are in memory, in an order given from outside.

On TensorFlow a small step costs less than the pipeline with which Keras fetches its batch,
above all where operations must be deterministic. So there a whole epoch is one loop in
one compiled function, which gathers its batches itself; each step is the `train_step` of
the model. The other backends take the batches through the `fit` of Keras.
"""

import keras
import numpy as np


class Steps:
    """The steps of a compiled model over batches of arrays.

    Args:
        model: A built and compiled Keras model, with its optimizer built.
        training: Whether a step changes the weights or only measures the loss.
    """

    def __init__(self, model, training=True):
        self.model, self.training, self._loop = model, training, None

    def run(self, x, target, order, batch_size):
        """Take every batch once.

        Args:
            x: Inputs, shape (n, ...).
            target: Wanted outputs, shape (n, ...).
            order: Indices of the examples, one batch after the other, shape (n_draws,).
            batch_size: Examples in a batch; the last one may have fewer.

        Returns:
            The mean loss over the examples, and other metrics, by name.
        """
        on_tensorflow = keras.backend.backend() == "tensorflow"
        return (self._compiled if on_tensorflow else self._through_keras)(
            x, target, np.asarray(order), batch_size
        )

    def _through_keras(self, x, target, order, batch_size):
        data = {"x": x[order], "y": target[order], "batch_size": batch_size, "verbose": 0}
        if not self.training:
            return self.model.evaluate(**data, return_dict=True)
        history = self.model.fit(**data, shuffle=False).history
        return {name: values[-1] for name, values in history.items()}

    def _compiled(self, x, target, order, batch_size):
        import tensorflow as tf

        x, target = in_memory(x, target)
        if self._loop is None:
            self._loop = self._compile(x, target)
        n_full = len(order) - len(order) % batch_size
        self.model.reset_metrics()
        for part in (order[:n_full].reshape(-1, batch_size), order[n_full:][np.newaxis]):
            if part.size:
                self._loop(x, target, tf.constant(part, tf.int32))
        logs = self.model.get_metrics_result()
        return {name: float(value) for name, value in logs.items()}

    def _compile(self, x, target):
        import tensorflow as tf

        step = self.model.train_step if self.training else self.model.test_step
        # XLA is slow at convolutions in a loop, so with them it compiles the step alone.
        convolves = any(len(v.shape) > 3 for v in self.model.trainable_variables)
        step = tf.autograph.experimental.do_not_convert(step)
        step = tf.function(step, jit_compile=self.model.jit_compile and convolves)

        def loop(x, target, batches):
            for i in tf.range(tf.shape(batches)[0]):
                rows = batches[i]
                step((tf.gather(x, rows), tf.gather(target, rows)))

        shapes = [(None, *x.shape[1:]), (None, *target.shape[1:]), (None, None)]
        types = [x.dtype, target.dtype, tf.int32]
        signature = [tf.TensorSpec(*spec) for spec in zip(shapes, types, strict=True)]
        whole = self.model.jit_compile and not convolves
        return tf.function(loop, input_signature=signature, jit_compile=whole)


def in_memory(x, target):
    """Turn inputs and targets into tensors of TensorFlow; other backends keep the arrays.

    Args:
        x: Inputs, shape (n, ...).
        target: Wanted outputs, shape (n, ...); x itself is turned once.

    Returns:
        Both; floating-point numbers get the precision of Keras.
    """
    if keras.backend.backend() != "tensorflow":
        return x, target
    inputs = _tensor(x)
    return inputs, inputs if target is x else _tensor(target)


def _tensor(array):
    if keras.ops.is_tensor(array):
        return array
    floating = np.issubdtype(np.asarray(array).dtype, np.floating)
    return keras.ops.convert_to_tensor(array, keras.config.floatx() if floating else None)
