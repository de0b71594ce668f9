"""Autoencoders as LiteRT files: converted, run, and read again.

LiteRT runs trained networks on telephones and other small devices; before 2024 it was
called TensorFlow Lite. The converter is part of TensorFlow, the interpreter is a package
of its own. Both are imported when they are needed, and what they print is held back.
"""

import contextlib
import os
import sys
import time
import warnings

import keras
import numpy as np

from companion.challenges.integer_network import IntegerLayer, IntegerNetwork
from companion.challenges.integers import Grid

KINDS = ("float32", "float16", "dynamic", "int8", "int8, one scale a layer")
KERNELS = {"fast": "AUTO", "reference": "BUILTIN_REF"}


@contextlib.contextmanager
def silence():
    """Hold back what Python and the compiled libraries print."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    with open(os.devnull, "w") as nowhere, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for stream in (1, 2):
                os.dup2(nowhere.fileno(), stream)
            with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
                yield
        finally:
            for stream, copy in zip((1, 2), kept, strict=True):
                os.dup2(copy, stream)
                os.close(copy)


def convert(model, kind, examples, frozen=None):
    """Turn a trained autoencoder into a LiteRT file.

    float32 changes nothing. float16 stores weights with 16 bits and computes with 32.
    "dynamic" stores weights as int8 and rounds the inputs of each layer while it runs.
    int8 computes with integers from the input to the output, and needs examples to see
    what range each layer has.

    Args:
        model: A Keras model with `encoder` and `decoder`, both Sequential.
        kind: One of `KINDS`.
        examples: Inputs that are typical, shape (n, ...); used by int8 alone.
        frozen: What `freeze` returned for this model, which several kinds can share;
            None to freeze it here.

    Returns:
        The file, as bytes.

    Raises:
        ValueError: If `kind` is unknown or Keras does not run on TensorFlow.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be among {', '.join(KINDS)}; got {kind!r}")
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            f"model must run on TensorFlow to be converted; got {keras.backend.backend()}"
        )
    with silence():
        import tensorflow as tf

        frozen = frozen or freeze(model)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
        if kind != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if kind == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if kind.startswith("int8"):
            examples = np.asarray(examples, np.float32)
            converter.representative_dataset = lambda: ([x[None]] for x in examples)
            only = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.target_spec.supported_ops = only
            converter.inference_input_type = converter.inference_output_type = tf.int8
        if kind == KINDS[-1]:
            name = "_experimental_disable_per_channel_quantization_for_dense_layers"
            setattr(converter, name, True)
        return converter.convert()


def freeze(model):
    """Take down what a model computes, with its weights of the moment as constants.

    ``tf.lite.TFLiteConverter.from_keras_model`` writes the model to the disk and reads it
    again, which takes three times as long as all the rest; the result is the same.

    Args:
        model: As in `convert`.

    Returns:
        A function of TensorFlow that later changes of the model leave alone.
    """
    import tensorflow as tf
    from tensorflow.python.framework import convert_to_constants

    spec = tf.TensorSpec((None, *model.encoder.input_shape[1:]), tf.float32)
    whole = tf.function(lambda x: model.decoder(model.encoder(x)))
    return convert_to_constants.convert_variables_to_constants_v2(
        whole.get_concrete_function(spec)
    )


class Runner:
    """A LiteRT file, ready for batches of one shape.

    Args:
        file: The bytes that `convert` returned.
        shape: Shape of a batch, (n, ...); None for a single example.
        kernels: "fast" for what LiteRT takes by default on this processor, or
            "reference" for the plain loops that define what an operation means.

    Raises:
        ValueError: If `kernels` is unknown.
    """

    def __init__(self, file, shape, kernels="fast"):
        if kernels not in KERNELS:
            raise ValueError(f"kernels must be fast or reference; got {kernels!r}")
        with silence():
            from ai_edge_litert.interpreter import Interpreter, OpResolverType

            self.interpreter = Interpreter(
                model_content=file,
                num_threads=1,
                experimental_op_resolver_type=OpResolverType[KERNELS[kernels]],
                experimental_preserve_all_tensors=kernels == "reference",
            )
            self.place = self.interpreter.get_input_details()[0]["index"]
            if shape is not None:
                self.interpreter.resize_tensor_input(self.place, shape)
            self.interpreter.allocate_tensors()
        self.grid_in = self._grid(self.interpreter.get_input_details()[0])
        self.grid_out = self._grid(self.interpreter.get_output_details()[0])

    def _grid(self, details):
        if details["dtype"] != np.int8:
            return None
        scale, zero_point = details["quantization"]
        return Grid(np.float32(scale), zero_point, 8, False)

    def run(self, inputs):
        """Map inputs to outputs, both in the file's own numbers."""
        self.interpreter.set_tensor(self.place, inputs)
        self.interpreter.invoke()
        place = self.interpreter.get_output_details()[0]["index"]
        return self.interpreter.get_tensor(place)

    def prepare(self, x):
        """Turn numbers into the file's own inputs: float32, or int8 on its grid."""
        if self.grid_in is None:
            return np.asarray(x, np.float32)
        q = np.rint(np.asarray(x, np.float32) / self.grid_in.scale)
        return np.clip(q + self.grid_in.zero_point, -128, 127).astype(np.int8)

    def reconstruct(self, x):
        """Map numbers to reconstructions, both float32, shape (n, ...)."""
        outputs = self.run(self.prepare(x))
        if self.grid_out is None:
            return outputs
        scale, zero_point = self.grid_out.scale, self.grid_out.zero_point
        return scale * (outputs.astype(np.float32) - zero_point)


def reconstruct(file, x, kernels="fast"):
    """Run all examples through a file in one batch: numbers in, numbers out, as x."""
    return Runner(file, np.shape(x), kernels).reconstruct(x)


def read_network(file):
    """Read the integers of a dense int8 file into a network of our own.

    Args:
        file: The bytes of an int8 file, of dense layers and a sigmoid.

    Returns:
        network: An `IntegerNetwork`.
        places: Where the file keeps the output of each layer, and the last output.

    Raises:
        ValueError: If the file holds another operation.
    """
    interpreter = Runner(file, None, "reference").interpreter
    tensors = {t["index"]: t for t in interpreter.get_tensor_details()}
    layers, places = [], []
    for operation in interpreter._get_ops_details():
        name, inputs = operation["op_name"], operation["inputs"]
        if name not in ("FULLY_CONNECTED", "LOGISTIC"):
            raise ValueError(f"file must hold dense layers and a sigmoid; got {name}")
        places.append(int(operation["outputs"][0]))
        if name == "FULLY_CONNECTED":
            kernel, bias = (interpreter.get_tensor(i) for i in inputs[1:])
            grids = [_tensor_grid(tensors[i]) for i in (inputs[1], inputs[0], places[-1])]
            # A file states the ReLU in no tensor; its range begins at the integer of 0.
            relu = grids[2].zero_point == -128
            layers.append(IntegerLayer(kernel.T.astype(np.int32), bias, *grids, relu))
    return IntegerNetwork(layers), places


def _tensor_grid(tensor):
    found = tensor["quantization_parameters"]
    scales, points = found["scales"], found["zero_points"]
    symmetric = len(tensor["shape"]) > 1 and not np.any(points)
    scale = scales if len(scales) > 1 else scales[0]
    return Grid(scale, int(points[0]), 8, symmetric)


def seconds(runner, inputs, n_times):
    """Time of one run: the median over `n_times`, in seconds of the clock."""
    found = []
    for _ in range(n_times):
        start = time.perf_counter()
        runner.run(inputs)
        found.append(time.perf_counter() - start)
    return float(np.median(found))
