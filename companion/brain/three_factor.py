"""Decision by a local rule with three factors: before, after, and a broadcast error.

Cue a of n_cues is shown, x with a single 1. One action unit per choice competes by its
drive h = W x; the action i is drawn with the probabilities pi = softmax(h), and a reward r
of 0 or 1 follows. Each synapse computes what it can see, the activity before it times the
activity behind it less its mean, and waits for a signal that is the same for all::

    e_ja = ([j = i] - pi_j) x_a            eligibility, before and after
    delta = r - v . x                      reward prediction error, broadcast
    dW = eta delta e,     dv = eta_v delta x

On average dW is eta times the gradient of the expected reward (Williams, 1992), whatever
v is, as long as v does not depend on the action; v only lowers the noise. A synapse is cut
to [-w_max, w_max], if it has a bound; then no choice is ever certain.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

MODULATORS = ("error", "reward", "none")


@dataclass(frozen=True)
class LearnerParams:
    """Constants of the learner.

    Args:
        learning_rate: eta of the actor, above 0.
        critic_rate: eta_v, in [0, 1].
        modulator: What multiplies the eligibility: "error" is delta, "reward" is r, and
            "none" is 1, which is a rule of two factors.
        w_max: Largest size of a weight of the actor, above 0.

    Raises:
        ValueError: If a constant is outside its range.
    """

    learning_rate: float = 0.5
    critic_rate: float = 0.1
    modulator: str = "error"
    w_max: float = math.inf

    def __post_init__(self):
        for name in ("learning_rate", "w_max"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0; got {getattr(self, name)}")
        if not 0 <= self.critic_rate <= 1:
            raise ValueError(f"critic_rate must be in [0, 1]; got {self.critic_rate}")
        if self.modulator not in MODULATORS:
            raise ValueError(
                f"modulator must be one of {MODULATORS}; got {self.modulator!r}"
            )


class LearnerState(NamedTuple):
    """Weights of n_agents independent agents.

    Shapes:
        actor is W, (n_agents, n_actions, n_cues); critic is v, (n_agents, n_cues).
    """

    actor: np.ndarray
    critic: np.ndarray


def start(n_agents, n_actions, n_cues):
    """A `LearnerState` that knows nothing: all weights 0, all actions equally likely."""
    return LearnerState(
        np.zeros((n_agents, n_actions, n_cues)), np.zeros((n_agents, n_cues))
    )


def action_probabilities(actor, cue):
    """pi = softmax(W x) of every agent, shape (n_agents, n_actions).

    Args:
        actor: W, shape (n_agents, n_actions, n_cues).
        cue: Which cue each agent sees, shape (n_agents,), int.
    """
    drive = actor[np.arange(len(actor)), :, cue]
    weight = np.exp(drive - drive.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)


def draw(actor, reward_probabilities, rng):
    """One trial of every agent: a cue, an action, a reward.

    Args:
        actor: W, shape (n_agents, n_actions, n_cues).
        reward_probabilities: Chance of a reward, shape (n_cues, n_actions).
        rng: A `numpy.random.Generator`.

    Returns:
        Four arrays of shape (n_agents,): the cue, all equally likely; the action, drawn
        with the probabilities pi; the reward, 0 or 1; and the chance that it had.
    """
    n_agents, n_actions, n_cues = actor.shape
    cue = rng.integers(n_cues, size=n_agents)
    cumulative = action_probabilities(actor, cue).cumsum(axis=1)
    throw = rng.random((n_agents, 1))
    action = np.minimum((throw > cumulative).sum(axis=1), n_actions - 1)
    chance = np.asarray(reward_probabilities, dtype=float)[cue, action]
    return cue, action, (rng.random(n_agents) < chance).astype(float), chance


def learn(params, state, cue, action, reward):
    """State after each agent saw a cue, chose an action and got a reward.

    Args:
        params: A `LearnerParams`.
        state: A `LearnerState`; left unchanged.
        cue: Shape (n_agents,), int.
        action: Shape (n_agents,), int.
        reward: Shape (n_agents,).

    Returns:
        The `LearnerState` after the change.

    Source:
        Williams (1992), doi:10.1007/BF00992696, with a learned baseline.
    """
    agents = np.arange(len(state.actor))
    delta = reward - state.critic[agents, cue]
    after = -action_probabilities(state.actor, cue)
    after[agents, action] += 1.0
    third = {"error": delta, "reward": reward, "none": np.ones(len(agents))}
    actor, critic = state.actor.copy(), state.critic.copy()
    step = params.learning_rate * third[params.modulator][:, None] * after
    actor[agents, :, cue] += step
    critic[agents, cue] += params.critic_rate * delta
    return LearnerState(np.clip(actor, -params.w_max, params.w_max), critic)


def reward_gradient(actor, reward_probabilities):
    """Slope of the expected reward in every weight, in closed form.

    With all cues equally likely, q_ja the chance of a reward for action j at cue a, and
    pi_ja that of the action, the slope is pi_ja (q_ja - sum_i pi_ia q_ia) / n_cues.

    Args:
        actor: W of one agent, shape (n_actions, n_cues).
        reward_probabilities: q, cue by cue, shape (n_cues, n_actions).

    Returns:
        The gradient, shape (n_actions, n_cues).
    """
    n_cues = actor.shape[1]
    copies = np.broadcast_to(actor, (n_cues, *actor.shape))
    pi = action_probabilities(copies, np.arange(n_cues))
    odds = np.asarray(reward_probabilities, dtype=float)
    mean = np.sum(pi * odds, axis=1, keepdims=True)
    return (pi * (odds - mean)).T / n_cues


def run_task(params, reward_probabilities, n_agents, rng):
    """Let agents learn a task whose rules may change from trial to trial.

    Args:
        params: A `LearnerParams`.
        reward_probabilities: Chance of a reward for every trial, cue and action, shape
            (n_trials, n_cues, n_actions).
        n_agents: How many agents learn side by side.
        rng: A `numpy.random.Generator` that draws cues, actions and rewards.

    Returns:
        The chance of a reward that each agent's choice had, (n_trials, n_agents), and the
        `LearnerState` in the end.

    Raises:
        ValueError: If `reward_probabilities` is not 3-D or leaves [0, 1].
    """
    odds = np.asarray(reward_probabilities, dtype=float)
    if odds.ndim != 3 or odds.min() < 0 or odds.max() > 1:
        raise ValueError(
            "reward_probabilities must be (n_trials, n_cues, n_actions) in [0, 1]; got "
            f"shape {odds.shape}"
        )
    n_trials, n_cues, n_actions = odds.shape
    state, chances = start(n_agents, n_actions, n_cues), np.empty((n_trials, n_agents))
    for trial in range(n_trials):
        cue, action, reward, chances[trial] = draw(state.actor, odds[trial], rng)
        state = learn(params, state, cue, action, reward)
    return chances, state
