"""What a code of the cart's pictures knows, and how far its world model sees ahead."""

import numpy as np

from companion.challenges import world_model

FROM_STEP = 4
N_AHEAD = 10


def known(mind, episodes, test_episodes, *, with_state):
    """Read the true state off the code by a linear map, and measure it on new episodes.

    Args:
        mind: A `companion.challenges.cart_minds.Mind`.
        episodes: A list of `Episode` to fit the map on, by least squares.
        test_episodes: Others, to measure it on.
        with_state: Whether the state of the world model is read as well.

    Returns:
        The share of variance explained, R2, of position, velocity, angle and angular
        velocity, shape (4,).
    """
    inputs, tests = (_read(mind, part, with_state) for part in (episodes, test_episodes))
    outputs, wanted = (
        np.concatenate([e.observations for e in part]).astype(float)
        for part in (episodes, test_episodes)
    )
    weights = np.linalg.lstsq(inputs, outputs, rcond=None)[0]
    error = np.mean((tests @ weights - wanted) ** 2, axis=0)
    return 1.0 - error / wanted.var(axis=0)


def forecast_errors(mind, episodes):
    """Predict ten codes from the fifth picture of every episode that is long enough.

    Args:
        mind: A `Mind`.
        episodes: A list of `Episode` that did not train it.

    Returns:
        Squared errors, summed over the code, mean over episodes, by horizon 1 to 10: of
        the world model, of "nothing changes" and of a line through the last two codes.
    """
    episodes = [e for e in episodes if len(e.actions) >= FROM_STEP + N_AHEAD]
    read = mind.read(episodes)
    z = np.array([codes[: FROM_STEP + N_AHEAD + 1] for codes, _ in read])
    h = np.array([states[FROM_STEP] for _, states in read])
    actions = np.array([e.actions[FROM_STEP : FROM_STEP + N_AHEAD] for e in episodes])
    now, later = z[:, FROM_STEP], z[:, FROM_STEP + 1 :]
    ahead = np.arange(1, N_AHEAD + 1)[:, np.newaxis]
    speed = (now - z[:, FROM_STEP - 1])[:, np.newaxis]
    predictions = {
        "world model": world_model.forecast(mind.params, now, h, actions),
        "nothing changes": now[:, np.newaxis],
        "straight line": now[:, np.newaxis] + ahead * speed,
    }
    return {
        name: np.mean(np.sum((p - later) ** 2, axis=2), axis=0)
        for name, p in predictions.items()
    }


def _read(mind, episodes, with_state):
    if with_state:
        z = np.concatenate([np.column_stack(pair) for pair in mind.read(episodes)])
    else:
        z = np.concatenate([mind.encode(e.frames) for e in episodes])
    return np.column_stack([z, np.ones(len(z))])
