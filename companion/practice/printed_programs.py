"""Five autoencoder programs that do not work, kept as text so that they can be run.

Each stands for a pattern, not for one text: the shapes, the activations and the faults
are those of the pattern, the words are ours. `run` executes one and hands back what it
defined and the error that ended it, if any.
"""

from dataclasses import dataclass

NO_BOTTLENECK = """\
import numpy as np
import keras
from keras import layers

points = np.random.rand(100, 2)

network = keras.Sequential([
    keras.Input((2,)),
    layers.Dense(2, activation="relu"),
    layers.Dense(2, activation="relu"),     # called the code
    layers.Dense(2, activation="sigmoid"),
])
network.compile(optimizer="adam", loss="mse")
network.fit(points, points, epochs=50, verbose=0)
output = network.predict(points, verbose=0)
"""

NOISE = """\
import numpy as np
import keras
from keras import layers

np.random.seed(42)
table = np.random.rand(100, 10)

entry = keras.Input((10,))
hidden = layers.Dense(5, activation="relu")(entry)
code = layers.Dense(5, activation="relu")(hidden)
hidden = layers.Dense(5, activation="relu")(code)
restored = layers.Dense(10, activation="sigmoid")(hidden)

network = keras.Model(entry, restored)
network.compile(optimizer="adam", loss="mse", steps_per_execution=100)
network.fit(table, table, epochs=60, batch_size=1, verbose=0)
output = network.predict(table, verbose=0)
error = np.mean((table - output) ** 2)
"""

PIXELWISE = """\
import keras
from keras import layers
from companion.datasets import load

images = load("photographs_color").x_train

class Autoencoder(keras.Model):
    def __init__(self, shape, code_size):
        super().__init__()
        self.encoder = layers.Sequential([
            layers.Dense(64, activation="relu"),
            layers.Dense(32, activation="relu"),
        ])
        self.decoder = layers.Sequential([
            layers.Dense(64, activation="relu"),
            layers.Dense(shape[0], activation="sigmoid"),
        ])

    def call(self, x):
        return self.decoder(self.encoder(x))

network = Autoencoder((32, 32, 3), code_size=32)
network.compile(optimizer="adam", loss="mse", steps_per_execution=50)
network.fit(images, images, epochs=2, batch_size=2, verbose=0)
"""

UNDEFINED = """\
import keras
from keras import layers

network = keras.Sequential([
    keras.Input((784,)),
    layers.Dense(128, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(32, activation="relu"),    # the code
    layers.Dense(64, activation="relu"),
    layers.Dense(128, activation="relu"),
    layers.Dense(784, activation="sigmoid"),
])
network.compile(optimizer="adam", loss="mse")
network.fit(x_train, x_train, epochs=10, batch_size=256)
"""

NO_BODY = """\
from torch import nn, optim

class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 32), nn.ReLU())

    def forward(self, x):
        return self.layers(x)

class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(32, 128), nn.ReLU(), nn.Linear(128, 784), nn.Sigmoid())

    def forward(self, z):
        return self.layers(z)

encoder, decoder = Encoder(), Decoder()
loss_function = nn.MSELoss()
optimizer = optim.Adam([*encoder.parameters(), *decoder.parameters()])

for epoch in range(10):
    # ... training code ...
"""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a program.

    Args:
        error: The exception that ended it, or None.
        defined: The names it had defined by then, a mapping.
    """

    error: Exception | None
    defined: dict

    @property
    def summary(self):
        """The type of the error and its first words, or that the program ran."""
        if self.error is None:
            return "runs to its end"
        words = getattr(self.error, "msg", None) or str(self.error)
        return f"{type(self.error).__name__}: {words.split(' for ')[0].splitlines()[0]}"


def run(program):
    """Compile a program and execute it in a fresh namespace.

    Args:
        program: Source text, one of this module's or a repair of one.

    Returns:
        An `Outcome`; errors of the program end in it and are not raised.
    """
    # A class needs the module it belongs to; this one is the nearest.
    defined = {"__name__": __name__}
    try:
        exec(compile(program, "<as printed>", "exec"), defined)
    except Exception as error:
        return Outcome(error, defined)
    return Outcome(None, defined)


def train_as_printed(program):
    """Run a program that is expected to train to its end.

    Args:
        program: Source text, as in `run`.

    Returns:
        The names that it defined, a mapping.

    Raises:
        Exception: Whatever ended the program, if it did not reach its end.
    """
    outcome = run(program)
    if outcome.error is not None:
        raise outcome.error
    return outcome.defined


def attempt(function, *arguments, **settings):
    """Call a function that is expected to fail and hand back its error, or None."""
    try:
        function(*arguments, **settings)
    except Exception as error:
        return error
    return None
