"""Prediction of reward in time: temporal differences, and Rescorla and Wagner's rule.

A trial has time steps 0, 1, ...; a cue comes at step c and a reward r at step R = c + K.
Each step since the cue has a weight of its own (a complete serial compound): w_i is the
value V_t at t = c + i, for i = 0 ... K - 1. Before the cue, and from the reward on, V = 0.
News arrives at step t, and the prediction error compares it with what was expected before::

    delta_t = r_t + gamma V_t - V_(t-1)

It changes the values of the steps before, each by its eligibility e::

    e <- gamma lambda e,  then e of step t - 1 <- e + 1,    w <- w + alpha delta_t e

In the end V_t = r gamma^(R - t - 1). For lambda = 0, from w = 0 and with B the number of
heads in n throws of a coin with probability alpha, the error in trial n + 1, k steps before
the reward, is r gamma^k P(B = k); at the cue it is r gamma^K P(B >= K). A bump that moves
backward by alpha steps a trial, until it reaches the cue.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Trial:
    """When things happen in a trial, in steps.

    Args:
        cue_step: c, at least 1.
        delay: K, steps from cue to reward, at least 1.
        n_steps: Length of the trial, above c + K.

    Raises:
        ValueError: If a number is outside its range.
    """

    cue_step: int = 5
    delay: int = 15
    n_steps: int = 25

    def __post_init__(self):
        for name in ("cue_step", "delay"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1; got {getattr(self, name)}")
        if self.n_steps <= self.reward_step:
            raise ValueError(
                f"n_steps must be above the step of the reward, {self.reward_step}; "
                f"got {self.n_steps}"
            )

    @property
    def reward_step(self):
        """R, the step at which a reward would come."""
        return self.cue_step + self.delay


def values(trial, weights):
    """V_t at every step: the weights between cue and reward, 0 elsewhere.

    Args:
        trial: A `Trial`.
        weights: w, shape (K,).

    Returns:
        V, shape (n_steps,).
    """
    v = np.zeros(trial.n_steps)
    v[trial.cue_step : trial.reward_step] = weights
    return v


def td_errors(trial, weights, reward, discount):
    """The prediction error at every step, nothing being learned.

    Args:
        trial: A `Trial`.
        weights: w, shape (K,).
        reward: r; 0 if it is omitted.
        discount: gamma, in [0, 1].

    Returns:
        delta, shape (n_steps,); 0 at step 0, before which nothing was expected.
    """
    v = values(trial, weights)
    delta = np.zeros(trial.n_steps)
    delta[1:] = discount * v[1:] - v[:-1]
    delta[trial.reward_step] += reward
    return delta


def td_trial(trial, weights, reward, *, discount, learning_rate, trace_decay=0.0):
    """Run one trial with learning at every step.

    Args:
        trial: A `Trial`.
        weights: w before the trial, shape (K,); left unchanged.
        reward: r in this trial.
        discount: gamma, in [0, 1].
        learning_rate: alpha, above 0 and at most 1.
        trace_decay: lambda, in [0, 1].

    Returns:
        w after the trial, (K,), and the errors delta of the trial, (n_steps,).

    Raises:
        ValueError: If a number is outside its range.
    """
    _check(discount=discount, learning_rate=learning_rate, trace_decay=trace_decay)
    weights = np.array(weights, dtype=float)
    # An error changes earlier steps only, so no error of this trial depends on another.
    delta = td_errors(trial, weights, reward, discount)
    eligibility = np.zeros(trial.delay)
    for t in range(1, trial.n_steps):
        eligibility *= discount * trace_decay
        if 0 <= t - 1 - trial.cue_step < trial.delay:
            eligibility[t - 1 - trial.cue_step] += 1.0
        weights += learning_rate * delta[t] * eligibility
    return weights, delta


def learn_trials(trial, rewards, *, discount, learning_rate, trace_decay=0.0):
    """Run trials from w = 0.

    Args:
        trial: A `Trial`.
        rewards: r of every trial, shape (n_trials,).
        discount, learning_rate, trace_decay: As `td_trial`.

    Returns:
        w after the last trial, (K,), and the errors, (n_trials, n_steps).
    """
    weights, deltas = np.zeros(trial.delay), []
    for reward in rewards:
        weights, delta = td_trial(
            trial,
            weights,
            reward,
            discount=discount,
            learning_rate=learning_rate,
            trace_decay=trace_decay,
        )
        deltas.append(delta)
    return weights, np.array(deltas)


def bump(trial, n_trials, *, discount, learning_rate):
    """The errors of trial n + 1 in closed form, for lambda = 0 and r = 1.

    Args:
        trial: A `Trial`.
        n_trials: n, how many trials came before.
        discount: gamma.
        learning_rate: alpha.

    Returns:
        delta, shape (n_steps,).
    """
    from scipy.stats import binom

    steps_before = np.arange(trial.delay + 1)
    heads = binom(n_trials, learning_rate)
    share = heads.pmf(steps_before)
    share[-1] = heads.sf(trial.delay - 1)
    delta = np.zeros(trial.n_steps)
    delta[trial.reward_step - steps_before] = discount**steps_before * share
    return delta


def rescorla_wagner(strengths, present, reward, learning_rate):
    """Strengths of the cues after one trial: all that were present share one error.

    Args:
        strengths: Shape (n_cues,).
        present: Which cues were there, shape (n_cues,), 0 or 1.
        reward: r of the trial.
        learning_rate: alpha, above 0 and at most 1.

    Returns:
        The new strengths, (n_cues,), and the error r - sum of the strengths present.

    Source:
        Rescorla & Wagner (1972).
    """
    _check(learning_rate=learning_rate)
    strengths, present = np.asarray(strengths, float), np.asarray(present, float)
    error = reward - present @ strengths
    return strengths + learning_rate * error * present, float(error)


def _check(**shares):
    for name, value in shares.items():
        least = "above 0" if name == "learning_rate" else "at least 0"
        if not (0 <= value <= 1) or (value == 0 and name == "learning_rate"):
            raise ValueError(f"{name} must be {least} and at most 1; got {value}")
