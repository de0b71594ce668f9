"""Many small models trained in one call into the backend, each as if it were alone.

Tracing and compiling a small model costs more than its training, so a comparison over
settings and seeds pays mostly for that. Here the losses of all models are summed. A
weight belongs to one model alone, so its gradient is that of its own model's loss, and
Adam treats every entry by itself: each model learns what it would learn alone from the
same batches.
"""

import keras

from companion import training


class SideBySide(keras.Model):
    """Several models with a `compute_loss` of their own, behind one input.

    Args:
        members: The models, all for inputs of one shape, at least one.

    Raises:
        ValueError: If there is no model.
    """

    def __init__(self, members):
        super().__init__()
        if not members:
            raise ValueError(f"members must hold at least one model; got {members!r}")
        self.members = list(members)
        self.built = True

    def build(self, input_shape):
        # The members have their weights already.
        self.built = True

    def call(self, x, training=False):
        # Keras hands `training` on to the members whose call has it.
        return [member(x) for member in self.members]

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        pairs = zip(self.members, y_pred, strict=True)
        return sum(
            member.compute_loss(x, y, answer, training=training) for member, answer in pairs
        )


def fit(models, x_train, **settings):
    """Train several models on the same batches, in the order of one seed.

    Args:
        models: Keras models with a `compute_loss` of their own, changed in place.
        x_train: Inputs and targets, shape (n, ...).
        **settings: Arguments of `companion.training.fit` other than `loss`.

    Returns:
        history: As `companion.training.fit`; the loss is the sum over the models.

    Raises:
        ValueError: As `companion.training.fit`, or if there is no model.
    """
    return training.fit(SideBySide(list(models)), x_train, loss=None, **settings)
