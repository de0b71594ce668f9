"""Recursive autoencoder in NumPy: one function folds a tree, another unfolds it.

A tree is a nested tuple whose leaves are positions in a sequence, such as
``((0, 1), (2, 3))``. With K numbers for every node and s_i the symbol at position i:

    leaf      c_i = E[s_i]
    fold      parent = tanh([left, right] @ W + b)        from the leaves to the root
    unfold    [left', right'] = tanh(parent' @ M + d)     from the root to the leaves
    read      p_i = softmax(c_i' @ R + o)

The same E, W, M and R serve every node of every tree, so their number does not depend on
the tree, and the code of the whole, the root, is as long as that of a leaf. The loss is
-log p_i(s_i), summed over the leaves and averaged over the batch, in nats for each tree.

``params = ([E, W, M, R], [b, d, o])``, in float64; nothing here changes its arguments. A
batch holds sequences that share one tree.
"""

import numpy as np

from companion.networks import checks, losses


def n_leaves(tree):
    """Count the leaves of a tree.

    Raises:
        ValueError: If the tree is not made of pairs, or its leaves are not 0 ... n - 1.
    """
    leaves = _leaves(tree)
    if sorted(leaves) != list(range(len(leaves))):
        raise ValueError(
            f"tree must have the leaves 0 ... {len(leaves) - 1}, each once; got {tree}"
        )
    return len(leaves)


def _leaves(tree):
    if isinstance(tree, int):
        return [tree]
    if not isinstance(tree, tuple) or len(tree) != 2:
        raise ValueError(f"tree must be made of pairs and positions; got {tree!r}")
    return _leaves(tree[0]) + _leaves(tree[1])


def init(n_symbols, latent_dim, rng):
    """Draw Glorot-uniform weights; the embeddings are uniform in [-1, 1].

    Args:
        n_symbols: V, the number of different leaves.
        latent_dim: K, the length of the code of every node.
        rng: A `numpy.random.Generator`.

    Returns:
        params: ([E, W, M, R], [b, d, o]) with shapes (V, K), (2K, K), (K, 2K), (K, V)
            and (K,), (2K,), (V,); biases start at zero.

    Raises:
        ValueError: If a size is not an integer of at least 1.
    """
    checks.check_counts(n_symbols=n_symbols, latent_dim=latent_dim)
    shapes = [(2 * latent_dim, latent_dim), (latent_dim, 2 * latent_dim)]
    weights = [rng.uniform(-1.0, 1.0, size=(n_symbols, latent_dim))]
    for shape in [*shapes, (latent_dim, n_symbols)]:
        limit = np.sqrt(6.0 / sum(shape))
        weights.append(rng.uniform(-limit, limit, size=shape))
    return weights, [np.zeros(kernel.shape[1]) for kernel in weights[1:]]


def fold(params, tree, symbols):
    """Compute the code of every node from those of its two children.

    Args:
        params: As `init` returns them.
        tree: A nested tuple of positions.
        symbols: Symbols by position, integers, shape (batch, n_leaves).

    Returns:
        code: Code of the root, shape (batch, K).
        children: What `fold` returns for the two children, or None at a leaf.
    """
    (embedding, compose, *_), (bias, *_) = params
    if isinstance(tree, int):
        return embedding[symbols[:, tree]], None
    children = [fold(params, child, symbols) for child in tree]
    both = np.concatenate([code for code, _ in children], axis=1)
    return np.tanh(both @ compose + bias), children


def unfold(params, tree, code):
    """Split the code of a node down to the leaves, and read each leaf.

    Args:
        params: As `init` returns them.
        tree: A nested tuple of positions.
        code: Codes of its root, shape (batch, K).

    Returns:
        Mapping from position to logits of the symbols, shape (batch, V).
    """
    (_, _, split, read), (_, bias, read_bias) = params
    if isinstance(tree, int):
        return {tree: code @ read + read_bias}
    left, right = np.split(np.tanh(code @ split + bias), 2, axis=1)
    return unfold(params, tree[0], left) | unfold(params, tree[1], right)


def encode(params, tree, symbols):
    """Map sequences, shape (batch, n_leaves), to codes of the root, shape (batch, K).

    Raises:
        ValueError: If `tree` is no tree or `symbols` does not fit it.
    """
    return fold(params, tree, _checked_symbols(params, tree, symbols))[0]


def decode(params, tree, code):
    """Map codes of the root, shape (batch, K), to the most probable symbols.

    Raises:
        ValueError: If `tree` is no tree or `code` has the wrong shape.
    """
    size, latent_dim = n_leaves(tree), params[0][0].shape[1]
    logits = unfold(params, tree, checks.checked_rows("code", code, latent_dim))
    return np.stack([logits[i].argmax(axis=1) for i in range(size)], axis=1)


def _checked_symbols(params, tree, symbols):
    symbols, size, n_symbols = np.asarray(symbols), n_leaves(tree), len(params[0][0])
    if symbols.ndim != 2 or symbols.shape[1] != size or len(symbols) == 0:
        raise ValueError(
            f"symbols must have shape (batch, {size}), as the tree; got {symbols.shape}"
        )
    whole = np.issubdtype(symbols.dtype, np.integer)
    if not whole or symbols.min() < 0 or symbols.max() >= n_symbols:
        raise ValueError(
            f"symbols must be integers from 0 to {n_symbols - 1}; got {symbols.dtype} "
            f"from {symbols.min()} to {symbols.max()}"
        )
    return symbols


def loss_and_grads(params, tree, symbols):
    """Loss of a batch and its gradients, by backpropagation through structure.

    The gradient runs the way of the code: from the leaves that were read up to the root,
    and from the root down to the leaves that were embedded. At each node it is
    multiplied by the slope of tanh, and every node adds to the same gradient arrays.

    Args:
        params: As `init` returns them.
        tree: A nested tuple of positions.
        symbols: Symbols by position, integers, shape (batch, n_leaves).

    Returns:
        loss: Nats for each tree: summed over the leaves, averaged over the batch.
        grads: Gradients, shaped as `params`.

    Raises:
        ValueError: If `tree` is no tree or `symbols` does not fit it.
    """
    symbols = _checked_symbols(params, tree, symbols)
    grads = tuple([np.zeros_like(array) for array in part] for part in params)
    folded = fold(params, tree, symbols)
    loss, grad_code = _unfold_and_back(params, tree, folded[0], symbols, grads)
    _back_through_fold(params, tree, folded, grad_code, symbols, grads)
    return loss, grads


def _unfold_and_back(params, tree, code, symbols, grads):
    """Loss of the leaves below a node, and its gradient by the code of the node."""
    (_, _, split, read), (_, bias, read_bias) = params
    (_, _, grad_split, grad_read), (_, grad_bias, grad_read_bias) = grads
    if isinstance(tree, int):
        loss, delta = losses.cross_entropy(code @ read + read_bias, symbols[:, tree])
        kernel, grad_kernel, grad_offset = read, grad_read, grad_read_bias
    else:
        both = np.tanh(code @ split + bias)
        halves = zip(tree, np.split(both, 2, axis=1), strict=True)
        parts = [_unfold_and_back(params, *half, symbols, grads) for half in halves]
        loss = parts[0][0] + parts[1][0]
        delta = np.concatenate([grad for _, grad in parts], axis=1) * (1.0 - both**2)
        kernel, grad_kernel, grad_offset = split, grad_split, grad_bias
    grad_kernel += code.T @ delta
    grad_offset += delta.sum(axis=0)
    return loss, delta @ kernel.T


def _back_through_fold(params, tree, folded, grad_code, symbols, grads):
    """Pass the gradient by the code of a node on to everything that it was made of."""
    compose, (grad_embedding, grad_compose, *_), (grad_bias, *_) = params[0][1], *grads
    code, children = folded
    if children is None:
        np.add.at(grad_embedding, symbols[:, tree], grad_code)
        return
    delta = grad_code * (1.0 - code**2)
    grad_compose += np.concatenate([c for c, _ in children], axis=1).T @ delta
    grad_bias += delta.sum(axis=0)
    halves = np.split(delta @ compose.T, 2, axis=1)
    for child, below, grad in zip(tree, children, halves, strict=True):
        _back_through_fold(params, child, below, grad, symbols, grads)
