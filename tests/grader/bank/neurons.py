"""Answers to the questions of `neurons`."""

ANSWERS = {
    "passive_cell": {
        "right": [
            """
from scipy.optimize import brentq

covered = (stopped_mv - rest_mv) / (settled_mv - rest_mv)
tau = brentq(lambda tau_ms: 1 - np.exp(-stop_ms / tau_ms) - covered, 0.1, 1000)
gohm = rise_mv / current_pa
after = (stopped_mv - rest_mv) * (1 - covered) ** (later_ms / stop_ms)
passive_cell = (1000 * gohm, tau, tau / gohm, after)
""",
            """
volt, ampere, second = 1e-3, 1e-12, 1e-3
ohm = (settled_mv - rest_mv) * volt / (current_pa * ampere)
left = 1 - (stopped_mv - rest_mv) / (settled_mv - rest_mv)
seconds = stop_ms * second / np.log(1 / left)
farad = seconds / ohm
v = stopped_mv + (rest_mv - stopped_mv) * (1 - np.exp(-later_ms * second / seconds))
passive_cell = np.array([ohm / 1e6, seconds / second, farad / 1e-12, v - rest_mv])
""",
        ],
        "wrong": [
            (
                "not megaohms",
                """
mohm = (settled_mv - rest_mv) / current_pa
tau = -stop_ms / np.log((settled_mv - stopped_mv) / (settled_mv - rest_mv))
passive_cell = [mohm, tau, tau / mohm, (stopped_mv - rest_mv) * np.exp(-later_ms / tau)]
""",
            ),
            (
                "too small a number of picofarads",
                """
mohm = (settled_mv - rest_mv) / current_pa * 1000
tau = -stop_ms / np.log((settled_mv - stopped_mv) / (settled_mv - rest_mv))
passive_cell = [mohm, tau, tau / mohm, (stopped_mv - rest_mv) * np.exp(-later_ms / tau)]
""",
            ),
            (
                "share that is covered",
                """
mohm = (settled_mv - rest_mv) / current_pa * 1000
tau = -stop_ms / np.log((stopped_mv - rest_mv) / (settled_mv - rest_mv))
left = (stopped_mv - rest_mv) * np.exp(-later_ms / tau)
passive_cell = [mohm, tau, 1000 * tau / mohm, left]
""",
            ),
            (
                "natural logarithm",
                """
mohm = (settled_mv - rest_mv) / current_pa * 1000
tau = -stop_ms / np.log10((settled_mv - stopped_mv) / (settled_mv - rest_mv))
left = (stopped_mv - rest_mv) * np.exp(-later_ms / tau)
passive_cell = [mohm, tau, 1000 * tau / mohm, left]
""",
            ),
            (
                "positive number of milliseconds",
                """
mohm = (settled_mv - rest_mv) / current_pa * 1000
tau = stop_ms / np.log((settled_mv - stopped_mv) / (settled_mv - rest_mv))
left = (stopped_mv - rest_mv) * np.exp(later_ms / tau)
passive_cell = [mohm, tau, 1000 * tau / mohm, left]
""",
            ),
            (
                "from rest, not from zero",
                """
mohm = settled_mv / current_pa * 1000
tau = -stop_ms / np.log((settled_mv - stopped_mv) / (settled_mv - rest_mv))
left = (stopped_mv - rest_mv) * np.exp(-later_ms / tau)
passive_cell = [mohm, tau, 1000 * tau / mohm, left]
""",
            ),
            (
                "did not reach the potential of the first",
                """
mohm = (settled_mv - rest_mv) / current_pa * 1000
tau = -stop_ms / np.log((settled_mv - stopped_mv) / (settled_mv - rest_mv))
left = (settled_mv - rest_mv) * np.exp(-later_ms / tau)
passive_cell = [mohm, tau, 1000 * tau / mohm, left]
""",
            ),
            (
                "from when the current stops",
                """
mohm = (settled_mv - rest_mv) / current_pa * 1000
tau = -stop_ms / np.log((settled_mv - stopped_mv) / (settled_mv - rest_mv))
left = (stopped_mv - rest_mv) * np.exp(-(stop_ms + later_ms) / tau)
passive_cell = [mohm, tau, 1000 * tau / mohm, left]
""",
            ),
            (
                "four numbers",
                """
passive_cell = (settled_mv - rest_mv) / current_pa * 1000
""",
            ),
        ],
    },
    "current_for_rate": {
        "right": [
            """
def current_for_rate(rates_hz, tau_ms, r_mohm, v_rest_mv, v_reset_mv, v_th_mv, t_ref_ms):
    rates_hz = np.asarray(rates_hz, dtype=float)
    with np.errstate(divide="ignore"):
        climb_ms = np.divide(1000.0, rates_hz) - t_ref_ms
    possible = climb_ms > 0
    covered = -np.expm1(-np.where(possible, climb_ms, 1.0) / tau_ms)
    drive_mv = v_reset_mv - v_rest_mv + (v_th_mv - v_reset_mv) / covered
    return np.where(possible, drive_mv / r_mohm, np.inf)
""",
            """
from companion.brain.integrate_and_fire import LIFParams, lif_rate_hz
from scipy.optimize import brentq


def current_for_rate(rates_hz, tau_ms, r_mohm, v_rest_mv, v_reset_mv, v_th_mv, t_ref_ms):
    cell = LIFParams(tau_ms, r_mohm, v_rest_mv, v_reset_mv, v_th_mv, t_ref_ms)

    def current(rate_hz):
        if rate_hz <= 0:
            return cell.rheobase_na
        if t_ref_ms and rate_hz >= 1000 / t_ref_ms:
            return np.inf
        above = brentq(
            lambda log_na: lif_rate_hz(cell, cell.rheobase_na + np.exp(log_na)) - rate_hz,
            -40,
            20,
            xtol=1e-11,
        )
        return cell.rheobase_na + np.exp(above)

    return [current(rate_hz) for rate_hz in rates_hz]
""",
        ],
        "wrong": [
            (
                "refractory time is missing",
                """
def current_for_rate(rates_hz, tau_ms, r_mohm, v_rest_mv, v_reset_mv, v_th_mv, t_ref_ms):
    left = np.exp(-1000.0 / np.maximum(rates_hz, 1e-9) / tau_ms)
    return ((v_th_mv - left * v_reset_mv) / (1 - left) - v_rest_mv) / r_mohm
""",
            ),
            (
                "need not be rest",
                """
def current_for_rate(rates_hz, tau_ms, r_mohm, v_rest_mv, v_reset_mv, v_th_mv, t_ref_ms):
    climb_ms = 1000.0 / np.maximum(rates_hz, 1e-9) - t_ref_ms
    drive = (v_th_mv - v_rest_mv) / (1 - np.exp(-np.abs(climb_ms) / tau_ms))
    return np.where(climb_ms > 0, drive / r_mohm, np.inf)
""",
            ),
            (
                "lifts the potential from rest",
                """
def current_for_rate(rates_hz, tau_ms, r_mohm, v_rest_mv, v_reset_mv, v_th_mv, t_ref_ms):
    climb_ms = 1000.0 / np.maximum(rates_hz, 1e-9) - t_ref_ms
    left = np.exp(-np.abs(climb_ms) / tau_ms)
    drive = (v_th_mv - left * v_reset_mv) / (1 - left)
    return np.where(climb_ms > 0, drive / r_mohm, np.inf)
""",
            ),
            (
                "times are in milliseconds",
                """
def current_for_rate(rates_hz, tau_ms, r_mohm, v_rest_mv, v_reset_mv, v_th_mv, t_ref_ms):
    climb_ms = 1.0 / np.maximum(rates_hz, 1e-9) - t_ref_ms
    left = np.exp(-climb_ms / tau_ms)
    return ((v_th_mv - left * v_reset_mv) / (1 - left) - v_rest_mv) / r_mohm
""",
            ),
            (
                "sets a limit to the rate",
                """
def current_for_rate(rates_hz, tau_ms, r_mohm, v_rest_mv, v_reset_mv, v_th_mv, t_ref_ms):
    climb_ms = 1000.0 / np.maximum(rates_hz, 1e-9) - t_ref_ms
    left = np.exp(-climb_ms / tau_ms)
    return ((v_th_mv - left * v_reset_mv) / (1 - left) - v_rest_mv) / r_mohm
""",
            ),
            (
                "silence does not need",
                """
def current_for_rate(rates_hz, tau_ms, r_mohm, v_rest_mv, v_reset_mv, v_th_mv, t_ref_ms):
    currents = []
    for rate in rates_hz:
        if rate == 0:
            currents.append(0.0)
        elif rate >= 1000 / t_ref_ms:
            currents.append(np.inf)
        else:
            left = np.exp(-(1000 / rate - t_ref_ms) / tau_ms)
            end = (v_th_mv - left * v_reset_mv) / (1 - left)
            currents.append((end - v_rest_mv) / r_mohm)
    return currents
""",
            ),
            (
                "not right yet",
                """
def current_for_rate(rates_hz, tau_ms, r_mohm, v_rest_mv, v_reset_mv, v_th_mv, t_ref_ms):
    return np.resize([2.0082980, 2.5819767], len(rates_hz))
""",
            ),
        ],
    },
    "open_channels": {
        "right": [
            """
def open_channels(t_ms, g_us, e_mv, tau_ms, r_mohm, rest_mv):
    g_leak = 1 / r_mohm
    g, e = np.append(g_us, g_leak), np.append(e_mv, rest_mv)
    nanofarad = tau_ms * g_leak
    faster_ms = nanofarad / g.sum()
    return rest_mv + (np.average(e, weights=g) - rest_mv) * (
        1 - np.exp(-np.asarray(t_ms) / faster_ms)
    )
""",
            """
from scipy.integrate import solve_ivp


def open_channels(t_ms, g_us, e_mv, tau_ms, r_mohm, rest_mv):
    g_us, e_mv = np.asarray(g_us), np.asarray(e_mv)

    def slope(t, v):
        return (rest_mv - v + r_mohm * np.sum(g_us * (e_mv - v))) / tau_ms

    # After 100 time constants nothing changes any more.
    t_ms = np.minimum(t_ms, 100 * tau_ms)
    accuracy = {"rtol": 1e-10, "atol": 1e-10}
    found = solve_ivp(slope, (0.0, 101 * tau_ms), [rest_mv], t_eval=t_ms, **accuracy)
    return found.y[0]
""",
        ],
        "wrong": [
            (
                "lowers the resistance",
                """
def open_channels(t_ms, g_us, e_mv, tau_ms, r_mohm, rest_mv):
    g, e = np.asarray(g_us), np.asarray(e_mv)
    end = (rest_mv + r_mohm * np.sum(g * e)) / (1 + r_mohm * np.sum(g))
    return end + (rest_mv - end) * np.exp(-np.asarray(t_ms) / tau_ms)
""",
            ),
            (
                "leak is still there",
                """
def open_channels(t_ms, g_us, e_mv, tau_ms, r_mohm, rest_mv):
    g, e = np.asarray(g_us), np.asarray(e_mv)
    if not g.any():
        return np.full(np.shape(t_ms), rest_mv)
    end = np.sum(g * e) / np.sum(g)
    return end + (rest_mv - end) * np.exp(-np.asarray(t_ms) * r_mohm * g.sum() / tau_ms)
""",
            ),
            (
                "driving force shrinks",
                """
def open_channels(t_ms, g_us, e_mv, tau_ms, r_mohm, rest_mv):
    drive = r_mohm * np.sum(np.asarray(g_us) * (np.asarray(e_mv) - rest_mv))
    return rest_mv + drive * (1 - np.exp(-np.asarray(t_ms) / tau_ms))
""",
            ),
            (
                "one potential is asked for each time",
                """
def open_channels(t_ms, g_us, e_mv, tau_ms, r_mohm, rest_mv):
    g, e = np.asarray(g_us), np.asarray(e_mv)
    return (rest_mv + r_mohm * np.sum(g * e)) / (1 + r_mohm * np.sum(g))
""",
            ),
            (
                "not right yet",
                """
def open_channels(t_ms, g_us, e_mv, tau_ms, r_mohm, rest_mv):
    return np.resize([-70.0, -65.3526143, -60.0], np.shape(t_ms))
""",
            ),
        ],
    },
    "followed": {
        "right": [
            """
followed = np.zeros((3, 5))
for row, received in enumerate([with_ms, without_ms]):
    for column, window in enumerate(WINDOWS_MS):
        count = 0
        for s in sent_ms:
            count += bool(np.sum((received > s) & (received <= s + window)))
        followed[row, column] = count / len(sent_ms)
followed[2] = 1 - (1 - followed[0]) / (1 - followed[1])
""",
            """
def first_lag_ms(received):
    place = np.searchsorted(received, sent_ms, side="right")
    return np.append(received, np.inf)[place] - sent_ms


followed = [
    [float((first_lag_ms(received) <= w).mean()) for w in WINDOWS_MS]
    for received in (with_ms, without_ms)
]
followed.append([(a - c) / (1 - c) for a, c in zip(*followed)])
""",
        ],
        "wrong": [
            (
                "not a number or percent",
                """
lags = [r - sent_ms[:, None] for r in (with_ms, without_ms)]
shares = [[((g > 0) & (g <= w)).any(1).mean() * 100 for w in WINDOWS_MS] for g in lags]
followed = np.array([*shares, np.subtract(*shares)])
""",
            ),
            (
                "followed with the synapse than without",
                """
lags = [r - sent_ms[:, None] for r in (without_ms, with_ms)]
a, c = np.array([[((g > 0) & (g <= w)).any(1).mean() for w in WINDOWS_MS] for g in lags])
followed = np.array([a, c, (c - a) / (1 - a)])
""",
            ),
            (
                "cannot catch fewer",
                """
lags = [r - sent_ms[:, None] for r in (with_ms, without_ms)]
edges = [0.0, *WINDOWS_MS]
a, c = np.array(
    [
        [((g > low) & (g <= w)).any(1).mean() for low, w in zip(edges, WINDOWS_MS)]
        for g in lags
    ]
)
followed = np.array([a, c, (a - c) / (1 - c)])
""",
            ),
            (
                "followed twice counts once",
                """
lags = [r - sent_ms[:, None] for r in (with_ms, without_ms)]
a, c = np.array([[((g > 0) & (g <= w)).sum() / 500 for w in WINDOWS_MS] for g in lags])
followed = np.array([a, c, (a - c) / (1 - c)])
""",
            ),
            (
                "comes before is no answer",
                """
lags = [np.abs(r - sent_ms[:, None]) for r in (with_ms, without_ms)]
a, c = np.array([[(g <= w).any(1).mean() for w in WINDOWS_MS] for g in lags])
followed = np.array([a, c, (a - c) / (1 - c)])
""",
            ),
            (
                "ask for each spike sent",
                """
lags = [r - sent_ms[:, None] for r in (with_ms, without_ms)]
a, c = np.array([[((g > 0) & (g <= w)).any(0).mean() for w in WINDOWS_MS] for g in lags])
followed = np.array([a, c, (a - c) / (1 - c)])
""",
            ),
            (
                "chance answers may have been passed",
                """
lags = [r - sent_ms[:, None] for r in (with_ms, without_ms)]
a, c = np.array([[((g > 0) & (g <= w)).any(1).mean() for w in WINDOWS_MS] for g in lags])
followed = np.array([a, c, a - c])
""",
            ),
            (
                "not of those followed",
                """
lags = [r - sent_ms[:, None] for r in (with_ms, without_ms)]
a, c = np.array([[((g > 0) & (g <= w)).any(1).mean() for w in WINDOWS_MS] for g in lags])
followed = np.array([a, c, (a - c) / a])
""",
            ),
        ],
    },
}
