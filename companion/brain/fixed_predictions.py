"""Predictive coding whose predictions are held fixed: backpropagation, exactly."""

from companion.brain.predictive_coding import ACTIVATIONS, checked_activities, forward


def weight_gradients(net, top, target, *, rate, n_steps):
    """Weight gradients when predictions and slopes stay those of the forward pass.

    Under this assumption errors settle to e_l = (e_{l+1} f'_{l+1}) W_{l+1}^T exactly,
    which is how backpropagation sends errors back.

    Args:
        net: A `Hierarchy`.
        top: Input, shape (n, width of the top).
        target: Wanted bottom, shape (n, width of the bottom).
        rate: Step size, above 0.
        n_steps: Number of steps, at least 1.

    Returns:
        dE/dW_1, ..., dE/dW_L; in the end the gradients of
        ``mean |target - z_L|^2 / (2 variance_L)`` of the forward pass.

    Raises:
        ValueError: As `infer`.

    Source:
        Millidge, Tschantz and Buckley (2022), doi:10.1162/neco_a_01497.
    """
    fixed = forward(net, top)
    activities = checked_activities(net, [*fixed[:-1], target], rate, n_steps)
    slopes = [
        ACTIVATIONS[name][1](mu)
        for mu, name in zip(fixed[1:], net.activations, strict=True)
    ]
    for step in range(n_steps + 1):
        misses = zip(activities[1:], fixed[1:], net.variances, slopes, strict=True)
        driven = [(z - mu) / variance * slope for z, mu, variance, slope in misses]
        if step == n_steps:
            break
        for level in range(1, len(activities) - 1):
            own = (activities[level] - fixed[level]) / net.variances[level - 1]
            change = own - driven[level] @ net.weights[level].T
            activities[level] = activities[level] - rate * change
    return [-z.T @ e / len(z) for z, e in zip(fixed, driven, strict=False)]
