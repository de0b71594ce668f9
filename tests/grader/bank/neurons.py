"""Answers to the questions of `neurons`."""

ANSWERS = {
    "firing_rate": {
        "right": [
            """
def firing_rate(drive, threshold, tau, refractory):
    rates = []
    for value in drive:
        if value <= threshold:
            rates.append(0.0)
        else:
            rates.append(1e3 / (refractory - tau * np.log(1 - threshold / value)))
    return rates
""",
            """
def firing_rate(drive, threshold, tau, refractory):
    share = np.clip(threshold / np.maximum(drive, 1e-9), None, 1.0)
    with np.errstate(divide="ignore"):
        return 1000.0 / (refractory - tau * np.log1p(-share))
""",
        ],
        "wrong": [
            (
                "counts spikes in a second",
                """
def firing_rate(drive, threshold, tau, refractory):
    share = np.clip(threshold / np.maximum(drive, 1e-9), None, 1.0)
    with np.errstate(divide="ignore"):
        return 1.0 / (refractory - tau * np.log1p(-share))
""",
            ),
            (
                "refractory time is missing",
                """
def firing_rate(drive, threshold, tau, refractory):
    share = np.clip(threshold / np.maximum(drive, 1e-9), None, 1.0)
    with np.errstate(divide="ignore"):
        return 1000.0 / (-tau * np.log1p(-share))
""",
            ),
            (
                "not right yet",
                """
def firing_rate(drive, threshold, tau, refractory):
    return np.where(np.arange(len(drive)) > 0, 63.0386, 0.0)
""",
            ),
        ],
    },
}
