"""Hide pixels of images, and see what a masked autoencoder makes of the rest.

Here x is a table of images (n, D), and `hidden` a table of the same shape that is true
where a pixel is hidden.
"""

import numpy as np

from companion.autoencoders.masked import to_patches
from companion.networks.checks import check_same_shape


def largest_hidden(noise, mask_ratio):
    """Hide the patches with the largest numbers, as the masked autoencoder does.

    Args:
        noise: One number for each patch, shape (n, n_patches).
        mask_ratio: Share of hidden patches.

    Returns:
        1 for hidden patches, 0 for visible ones, shape (n, n_patches).
    """
    n_patches = np.shape(noise)[1]
    places = np.argsort(np.argsort(noise, axis=1), axis=1)
    return (places >= n_patches - round(mask_ratio * n_patches)).astype("float32")


def hidden_pixels(mask, image_shape, patch_size):
    """Spread a mask of patches over the pixels they are made of.

    Args:
        mask: 1 for hidden patches, 0 for visible ones, shape (n, n_patches).
        image_shape: (H, W, C).
        patch_size: Side P of a patch.

    Returns:
        Booleans, shape (n, H W C).
    """
    height, width, channels = image_shape
    grid = np.reshape(mask, (-1, height // patch_size, width // patch_size)) > 0.5
    pixels = grid.repeat(patch_size, axis=1).repeat(patch_size, axis=2)
    return pixels.reshape(len(grid), -1).repeat(channels, axis=1)


def hidden_error(x, x_hat, hidden):
    """Squared error of a hidden pixel: mean over the hidden pixels of all images.

    Args:
        x: Images, shape (n, D).
        x_hat: Images whose hidden pixels were predicted, shape (n, D).
        hidden: Booleans, shape (n, D).

    Returns:
        The mean.

    Raises:
        ValueError: If the shapes differ.
    """
    check_same_shape("x_hat", x_hat, "x", x)
    check_same_shape("hidden", hidden, "x", x)
    return float(np.mean((np.asarray(x, dtype=float) - x_hat)[hidden] ** 2))


def errors_at(model, x, noise, mask_ratios):
    """Measure the error of hidden pixels with other shares hidden, at the same weights.

    Args:
        model: A `companion.autoencoders.masked.MaskedAutoencoder`.
        x: Images, shape (n, H, W, C).
        noise: One number for each patch, shape (n, n_patches).
        mask_ratios: Shares to hide.

    Returns:
        `hidden_error` at each share, shape (n_ratios,).
    """
    errors = []
    for ratio in mask_ratios:
        one = model if ratio == model.mask_ratio else at_ratio(model, ratio)
        outputs = one.outputs(x, noise)
        hidden = hidden_pixels(outputs["mask"], model.image_shape, model.patch_size)
        tables = (np.asarray(v).reshape(hidden.shape) for v in (x, outputs["x_hat"]))
        errors.append(hidden_error(*tables, hidden))
    return np.array(errors)


def influence(model, image, noise):
    """Change one visible patch at a time, and see how much every answer changes.

    A changed patch is inverted: its pixels p become 1 - p.

    Args:
        model: A `companion.autoencoders.masked.MaskedAutoencoder`.
        image: One image, shape (H, W, C).
        noise: One number for each patch, shape (n_patches,).

    Returns:
        Mean absolute change of the pixels that are predicted for patch i if patch j is
        inverted, at row i and column j of (n_patches, n_patches).
    """
    inverted = hidden_pixels(np.eye(len(noise)), model.image_shape, model.patch_size)
    inverted = inverted.reshape(-1, *model.image_shape)
    images = np.concatenate([np.where(inverted, 1 - image, image), image[None]])
    noises = np.tile(np.asarray(noise, dtype="float32"), (len(images), 1))
    x_hat = model.outputs(images.astype("float32"), noises)["x_hat"]
    patches = np.asarray(to_patches(x_hat, model.patch_size))
    return np.abs(patches[:-1] - patches[-1]).mean(axis=2).T


def maps_of_hidden(model, images, noise):
    """Where each hidden patch looks, and what changes its answer.

    Args:
        model: A `companion.autoencoders.masked.MaskedAutoencoder`.
        images: Images, shape (n, H, W, C).
        noise: One number for each patch, shape (n, n_patches).

    Returns:
        attention: Weights of the decoder, mean over heads, one row for each hidden patch
            of each image, shape (n n_hidden, n_patches).
        changes: Its row of `influence`, of the same shape.
        hidden: Which places are hidden in its image, booleans of the same shape.
    """
    mask = largest_hidden(noise, model.mask_ratio) == 1
    attention = np.asarray(model.decoder_attention(images, noise)).mean(axis=1)
    pairs = zip(images, noise, strict=True)
    changes = np.stack([influence(model, image, u) for image, u in pairs])
    return attention[mask], changes[mask], np.repeat(mask, model.n_hidden, axis=0)


def at_ratio(model, mask_ratio):
    """Copy a masked autoencoder, weights and all, with another share hidden.

    Args:
        model: A `companion.autoencoders.masked.MaskedAutoencoder`.
        mask_ratio: The share that the copy hides.

    Returns:
        The copy.

    Raises:
        ValueError: If the ratio hides no patch or all of them.
    """
    copy = type(model).from_config(model.get_config() | {"mask_ratio": mask_ratio})
    copy.set_weights(model.get_weights())
    return copy
