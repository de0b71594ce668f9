"""Values learned from experience: temporal differences, Monte Carlo, Q-learning, SARSA.

The learner never sees P and R. It stands on s, takes action a, is given the reward r and
stands on t. Every rule moves a value a little toward a target::

    TD(0)         V(s)    <- V(s)    + alpha (r + gamma V(t)           - V(s))
    Monte Carlo   V(s)    <- V(s)    + alpha (return that followed     - V(s))
    SARSA         Q(s, a) <- Q(s, a) + alpha (r + gamma Q(t, b)        - Q(s, a))
    Q-learning    Q(s, a) <- Q(s, a) + alpha (r + gamma max_c Q(t, c)  - Q(s, a))

b is the action taken next. A terminal state is worth 0: nothing follows it.
"""

import numpy as np

from companion.challenges.planning import check_share

RULES = ("Q-learning", "SARSA")


class Walker:
    """An agent in a world: it draws where a move leads, and nothing else is known of it.

    Args:
        world: A `companion.challenges.grid_world.World`.
        rng: A `numpy.random.Generator`.
    """

    def __init__(self, world, rng):
        self.world, self.draws = world, _Draws(rng)
        self.terminal = world.terminal.tolist()
        self.ways = [[_ways(world, s, a) for a in range(world.n_actions)]
                     for s in range(world.n_states)]  # fmt: skip

    def move(self, s, a):
        """Take action a on state s; return the reward and the next state."""
        ways = self.ways[s][a]
        if len(ways) > 1:
            u = self.draws.next()
            for share, reward, t in ways:
                if u < share:
                    return reward, t
        return ways[-1][1:]


class _Draws:
    """Uniform numbers in [0, 1), drawn in blocks, because single draws are slow."""

    def __init__(self, rng):
        # A generator gives one number after another at the least cost of a call.
        self.next = self._numbers(rng).__next__

    @staticmethod
    def _numbers(rng):
        while True:
            yield from reversed(rng.random(4096).tolist())


def _ways(world, s, a):
    """Where an action can lead: cumulative probability, reward, next state."""
    p = world.transitions[s, a]
    cumulative = np.cumsum(p)
    return [(cumulative[t], world.rewards[s, a, t], t) for t in np.flatnonzero(p).tolist()]


def random_episodes(world, n_episodes, rng):
    """Walk at random, every action being equally probable, until an episode ends.

    Args:
        world: A `World`.
        n_episodes: How many episodes.
        rng: A `numpy.random.Generator`.

    Returns:
        A list of episodes, each a list of steps (s, r, t).
    """
    walker, episodes = Walker(world, rng), []
    for _ in range(n_episodes):
        s, steps = world.start, []
        while not walker.terminal[s]:
            reward, t = walker.move(s, int(world.n_actions * walker.draws.next()))
            steps.append((s, reward, t))
            s = t
        episodes.append(steps)
    return episodes


def td_prediction(world, episodes, *, discount, learning_rate):
    """Learn the values of the policy that walked, by TD(0), from V = 0.

    Args:
        world: A `World`, of which only the number of states and the ends are used.
        episodes: What `random_episodes` returns.
        discount: gamma, in [0, 1].
        learning_rate: alpha, in [0, 1].

    Returns:
        V after every episode, the zeros first, shape (n_episodes + 1, S).

    Source:
        Sutton & Barto (2018), eq. 6.2.
    """
    check_share(discount=discount, learning_rate=learning_rate)
    v = np.zeros(world.n_states).tolist()
    history = [list(v)]
    for steps in episodes:
        for s, reward, t in steps:
            v[s] += learning_rate * (reward + discount * v[t] - v[s])
        history.append(list(v))
    return np.array(history)


def monte_carlo_prediction(world, episodes, *, discount, learning_rate):
    """The same from whole returns: at the end of an episode, every visit is corrected.

    Args:
        world, episodes, discount, learning_rate: As `td_prediction`.

    Returns:
        V after every episode, the zeros first, shape (n_episodes + 1, S).

    Source:
        Sutton & Barto (2018), eq. 6.1, for every visit.
    """
    check_share(discount=discount, learning_rate=learning_rate)
    v = np.zeros(world.n_states).tolist()
    history = [list(v)]
    for steps in episodes:
        following = 0.0
        for s, reward, _ in reversed(steps):
            following = reward + discount * following
            v[s] += learning_rate * (following - v[s])
        history.append(list(v))
    return np.array(history)


def learn_control(
    world, rule, n_episodes, rng, *, discount, learning_rate, epsilon, first=0.0
):
    """Learn action values while acting on them.

    With probability epsilon any action is taken, else a best one, ties broken at random.
    Q begins at one value for all actions, and at 0 where an episode ends.

    Args:
        world: A `World`.
        rule: "Q-learning" or "SARSA".
        n_episodes: How many episodes.
        rng: A `numpy.random.Generator`.
        discount: gamma, in [0, 1].
        learning_rate: alpha, in [0, 1], or a function that maps how often a state and
            action were met (1, 2, ...) to it.
        epsilon: Probability of an action at random, in [0, 1], or a function that maps the
            number of the episode (0, 1, ...) to it.
        first: Value that every Q begins with; above what can be earned, it is optimistic.

    Returns:
        Q after every episode, shape (n_episodes, S, A); the undiscounted sum of rewards of
        every episode, (n_episodes,); and their numbers of moves, (n_episodes,).

    Raises:
        ValueError: If `rule` is unknown or a share is outside [0, 1].

    Source:
        Sutton & Barto (2018), sections 6.4 and 6.5.
    """
    if rule not in RULES:
        raise ValueError(f"rule must be one of {RULES}; got {rule!r}")
    numbers = {"learning_rate": learning_rate, "epsilon": epsilon}
    check_share(discount=discount)
    check_share(**{k: value for k, value in numbers.items() if not callable(value)})
    walker = Walker(world, rng)
    q = np.full((world.n_states, world.n_actions), float(first))
    q[world.terminal] = 0.0
    q = q.tolist()
    met = np.zeros((world.n_states, world.n_actions), int).tolist()
    history, sums, moves = [], [], []
    for episode in range(n_episodes):
        share = epsilon(episode) if callable(epsilon) else epsilon
        s, total, n_moves = world.start, 0.0, 0
        a = choose(q[s], share, walker.draws)
        while not walker.terminal[s]:
            reward, t = walker.move(s, a)
            met[s][a] += 1
            alpha = learning_rate(met[s][a]) if callable(learning_rate) else learning_rate
            if rule == "SARSA":
                b = choose(q[t], share, walker.draws)
                after = q[t][b]
            else:
                after = max(q[t])
            q[s][a] += alpha * (reward + discount * after - q[s][a])
            if rule == "Q-learning":
                b = choose(q[t], share, walker.draws)
            s, a, total, n_moves = t, b, total + reward, n_moves + 1
        history.append([list(row) for row in q])
        sums.append(total)
        moves.append(n_moves)
    return np.array(history), np.array(sums), np.array(moves)


def choose(q_row, epsilon, draws):
    """Take any action with probability epsilon, else one of the best.

    Args:
        q_row: Values of the actions, a list.
        epsilon: In [0, 1].
        draws: An object whose `next` gives uniform numbers in [0, 1).

    Returns:
        The number of the action.
    """
    if draws.next() < epsilon:
        return int(draws.next() * len(q_row))
    best = max(q_row)
    if q_row.count(best) == 1:
        return q_row.index(best)
    actions = [a for a, value in enumerate(q_row) if value == best]
    return actions[int(draws.next() * len(actions))]
