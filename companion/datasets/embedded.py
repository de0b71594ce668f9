"""Real data that ships inside the course's own dependencies; nothing is downloaded.

Every split is fixed. What the files themselves do not say (a unit, a sampling rate) is
said to be so, and not guessed.
"""

import numpy as np

from companion.datasets import Dataset

SPLIT_SEED = 0


def digits():
    """Handwritten digits 0 to 9, 8 x 8 pixels, scaled from 0..16 to [0, 1].

    The split is stratified by class with a fixed seed: 1077 training, 360 validation and
    360 test images.

    Returns:
        A `Dataset`; x is (n, 8, 8, 1), y the digit.

    Source:
        Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI; the
        1797 images of its test part, as in ``sklearn.datasets.load_digits``.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    x = (bunch.images / 16.0).astype(np.float32)[..., np.newaxis]
    return Dataset(
        *_stratified(x, bunch.target.astype(np.int64), n_val=360, n_test=360),
        name="digits",
        source="E. Alpaydin and C. Kaynak (1998), UCI; in scikit-learn (load_digits)",
        license="CC BY 4.0 (UCI Machine Learning Repository)",
    )


def faces():
    """Faces and backgrounds, 25 x 25 pixels in gray: 100 of each.

    The split is stratified with a fixed seed: 120 training, 40 validation and 40 test
    images, half of each faces.

    Returns:
        A `Dataset`; x is (n, 25, 25, 1), y is 1 for a face and 0 for a background.

    Source:
        A subset of Labeled Faces in the Wild (Huang et al., 2012), as in
        ``skimage.data.lfw_subset``.
    """
    import skimage.data

    x = skimage.data.lfw_subset().astype(np.float32)[..., np.newaxis]
    return Dataset(
        *_stratified(x, np.repeat(np.array([1, 0]), 100), n_val=40, n_test=40),
        name="faces",
        source="Labeled Faces in the Wild; 200 crops in scikit-image (lfw_subset)",
        license="not stated by scikit-image or in the file",
    )


def breast_cancer():
    """Thirty measurements of cell nuclei for each of 569 breast tumors.

    Every column is standardized with the mean and standard deviation of the *training*
    rows, so it has no unit; validation and test rows never enter the two statistics.
    The split is stratified with a fixed seed: 341 training, 114 validation and 114 test
    rows.

    Returns:
        A `Dataset`; x is (n, 30), y is 1 for malignant and 0 for benign (scikit-learn
        has it the other way round).

    Source:
        Wolberg et al. (1993), Breast Cancer Wisconsin (Diagnostic), UCI, as in
        ``sklearn.datasets.load_breast_cancer``.
    """
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    malignant = (bunch.target_names[bunch.target] == "malignant").astype(np.int64)
    parts = _stratified(bunch.data, malignant, n_val=114, n_test=114)
    mean, std = parts[0].mean(axis=0), parts[0].std(axis=0)
    standardized = [((x - mean) / std).astype(np.float32) for x in parts[::2]]
    return Dataset(
        *_interleave(standardized, parts[1::2]),
        name="breast_cancer",
        source="W. Wolberg et al. (1993), UCI; in scikit-learn (load_breast_cancer)",
        license="CC BY 4.0 (UCI Machine Learning Repository)",
    )


def membrane():
    """Membrane potential of one neuron in mV, cut into windows of 100 samples.

    The trace has 12,000 samples and 57 action potentials. Its file states neither unit nor
    sampling rate. We follow the script that drew Matplotlib's second logo from it: 1 unit
    of the file is 100 mV and a sample lasts 0.5 ms, so a window lasts 50 ms and the trace
    6 s. The file does not say which cell it is, or how it was recorded.

    The first 60 % of the time is for training (285 windows, one every 25 samples, which
    overlap each other), the next 20 % for validation and the last 20 % for testing (24
    windows each, without overlap). No window reaches into another part. The parts differ,
    as they do in life: the cell rests at the beginning and at the end of the trace, and
    fires regularly in between.

    Returns:
        A `Dataset`; x is (n, 100) in mV, y the index of each window's first sample.

    Source:
        Matplotlib's sample data, ``membrane.dat`` (float32).
    """
    potential_mv = 100.0 * _sample_data("membrane.dat", "<f4")[:, np.newaxis]
    windows = _windows(potential_mv, n_steps=100, train_hop=25)
    return Dataset(
        *_interleave([x for x, _, _ in windows], [start for _, start, _ in windows]),
        name="membrane",
        source="Matplotlib sample data, membrane.dat",
        license="not stated in the file; shipped with Matplotlib",
    )


def eeg():
    """Electroencephalogram of four channels, cut into windows of 40 samples.

    The file holds 800 samples of 4 channels, time first. It states no unit, no sampling
    rate and no electrode positions. Each channel has a standard deviation close to 1, so
    the values look standardized. Matplotlib's gallery draws the 800 samples over 10 s;
    taken so, a window lasts 0.5 s.

    The first 60 % of the time is for training (45 windows a channel, one every 10 samples,
    which overlap each other; 180 in all), the next 20 % for validation and the last 20 %
    for testing (4 windows a channel, without overlap; 16 in all each). No window reaches
    into another part.

    Returns:
        A `Dataset`; x is (n, 40), y the channel, 0 to 3.

    Source:
        Matplotlib's sample data, ``eeg.dat`` (float64).
    """
    signal = _sample_data("eeg.dat", "<f8").reshape(800, 4)
    windows = _windows(signal, n_steps=40, train_hop=10)
    return Dataset(
        *_interleave([x for x, _, _ in windows], [channel for _, _, channel in windows]),
        name="eeg",
        source="Matplotlib sample data, eeg.dat",
        license="not stated in the file; shipped with Matplotlib",
    )


def _interleave(xs, ys):
    return [part for pair in zip(xs, ys, strict=True) for part in pair]


def _sample_data(file_name, dtype):
    from matplotlib.cbook import get_sample_data

    with get_sample_data(file_name) as file:
        return np.frombuffer(file.read(), dtype)


def _windows(signal, n_steps, train_hop):
    """Cut (n_samples, n_channels) at 60 % and 80 % of the time, then into windows.

    Returns:
        For training, validation and test: windows (n, n_steps), the index of their first
        sample (n,) and their channel (n,).
    """
    n_samples, n_channels = signal.shape
    ends = [0, n_samples * 6 // 10, n_samples * 8 // 10, n_samples]
    parts = []
    hops = (train_hop, n_steps, n_steps)
    for begin, end, hop in zip(ends[:-1], ends[1:], hops, strict=True):
        start = np.arange(begin, end - n_steps + 1, hop)
        x = signal[start[:, np.newaxis] + np.arange(n_steps)]  # (n, n_steps, n_channels)
        x = x.transpose(2, 0, 1).reshape(-1, n_steps).astype(np.float32)
        channel = np.repeat(np.arange(n_channels), len(start))
        parts.append((x, np.tile(start, n_channels), channel))
    return parts


def _stratified(x, y, n_val, n_test):
    """Split x and y with equal class shares: train, validation and test, x before y."""
    from sklearn.model_selection import train_test_split

    settings = {"random_state": SPLIT_SEED}
    x_rest, x_test, y_rest, y_test = train_test_split(
        x, y, test_size=n_test, stratify=y, **settings
    )
    x_train, x_val, y_train, y_val = train_test_split(
        x_rest, y_rest, test_size=n_val, stratify=y_rest, **settings
    )
    return x_train, y_train, x_val, y_val, x_test, y_test
