"""Answers to the questions of `compression`."""

PCA_BY_HAND = """
mean = x_train.mean(axis=0)
axes = np.linalg.svd(x_train - mean, full_matrices=False)[2][:n_components]
code = (x_own - mean) @ axes.T
"""
MEASURED = """
files = x_own.astype(np.uint8), code.astype(np.float32), multiples.astype(np.int8)
bpp = [8 * len(zlib.compress(f.tobytes(), 9)) / x_own.size for f in files]
errors = [np.mean((x_own - mean - c @ axes) ** 2) for c in (code, step * multiples)]
db = [10 * np.log10(256 / e) for e in errors]
sent = 32 * (mean.size + axes.size) / x_own.size
"""

ANSWERS = {
    "file_measures": {
        "right": [
            """
tiles = (height / 16) * (width / 16)
code_bits, pixel_bits = 32 * code_size * tiles, 24 * height * width
steps_finer = 10 ** (gain_db / 20)
more = np.log2(steps_finer)
file_measures = (
    code_bits / pixel_bits,
    n_bytes * 8 / height / width,
    20 * np.log10(1 / np.sqrt(mse)),
    n_bytes + more * code_size * tiles / 8,
)
""",
            """
ratio = code_size * 4 / (16 * 16 * 3)
psnr = 10 * np.log10(255**2 / (255**2 * mse))
file_bits = 8 * n_bytes
finer_bits = file_bits + gain_db / 6.02 * code_size * height * width / 256
file_measures = np.array([ratio, file_bits / (height * width), psnr, finer_bits / 8])
""",
        ],
        "wrong": [
            (
                "four times as large as a byte",
                """
more = code_size * height * width / 256 * gain_db / 6.02 / 8
file_measures = [
    code_size / 768,
    8 * n_bytes / height / width,
    -10 * np.log10(mse),
    n_bytes + more,
]
""",
            ),
            (
                "a byte has eight bits",
                """
more = code_size * height * width / 256 * gain_db / 6.02 / 8
bpp = n_bytes / height / width
file_measures = [code_size / 192, bpp, -10 * np.log10(mse), n_bytes + more]
""",
            ),
            (
                "three colors are one pixel",
                """
more = code_size * height * width / 256 * gain_db / 6.02 / 8
bpp = 8 * n_bytes / height / width / 3
file_measures = [code_size / 192, bpp, -10 * np.log10(mse), n_bytes + more]
""",
            ),
            (
                "here a positive one",
                """
more = code_size * height * width / 256 * gain_db / 6.02 / 8
bpp = 8 * n_bytes / height / width
file_measures = [code_size / 192, bpp, 10 * np.log10(mse), n_bytes + more]
""",
            ),
            (
                "their peak is 1",
                """
more = code_size * height * width / 256 * gain_db / 6.02 / 8
bpp = 8 * n_bytes / height / width
psnr = 10 * np.log10(255**2 / mse)
file_measures = [code_size / 192, bpp, psnr, n_bytes + more]
""",
            ),
            (
                "is a square already",
                """
more = code_size * height * width / 256 * gain_db / 6.02 / 8
bpp = 8 * n_bytes / height / width
file_measures = [code_size / 192, bpp, 20 * np.log10(1 / mse), n_bytes + more]
""",
            ),
            (
                "not to the pixels",
                """
more = height * width * gain_db / 6.02 / 8
bpp = 8 * n_bytes / height / width
file_measures = [code_size / 192, bpp, -10 * np.log10(mse), n_bytes + more]
""",
            ),
            (
                "a quarter of the error",
                """
more = code_size * height * width / 256 * gain_db / 3.01 / 8
bpp = 8 * n_bytes / height / width
file_measures = [code_size / 192, bpp, -10 * np.log10(mse), n_bytes + more]
""",
            ),
            (
                "the file is counted in bytes",
                """
more = code_size * height * width / 256 * gain_db / 6.02
bpp = 8 * n_bytes / height / width
file_measures = [code_size / 192, bpp, -10 * np.log10(mse), n_bytes + more]
""",
            ),
            (
                "should have the shape (4,)",
                """
file_measures = 8 * n_bytes / height / width
""",
            ),
        ],
    },
    "coding_bits": {
        "right": [
            """
def coding_bits(table_numbers, coded_numbers, low, high):
    counts = {number: 1 for number in range(low, high + 1)}
    for number in np.ravel(table_numbers):
        counts[int(number)] += 1
    total = sum(counts.values())
    return sum(np.log2(total / counts[int(number)]) for number in np.ravel(coded_numbers))
""",
            """
from scipy.stats import entropy


def coding_bits(table_numbers, coded_numbers, low, high):
    edges = np.arange(low, high + 2) - 0.5
    table = np.histogram(table_numbers, edges)[0] + 1.0
    coded = np.histogram(coded_numbers, edges)[0]
    of_one = entropy(coded, base=2) + entropy(coded, table, base=2)
    return np.size(coded_numbers) * of_one
""",
        ],
        "wrong": [
            (
                "do not average them",
                """
def coding_bits(table_numbers, coded_numbers, low, high):
    counts = 1 + np.bincount(np.ravel(table_numbers) - low, minlength=high - low + 1)
    return -np.log2(counts / counts.sum())[np.ravel(coded_numbers) - low].mean()
""",
            ),
            (
                "logarithm to the base 2",
                """
def coding_bits(table_numbers, coded_numbers, low, high):
    counts = 1 + np.bincount(np.ravel(table_numbers) - low, minlength=high - low + 1)
    return -np.log(counts / counts.sum())[np.ravel(coded_numbers) - low].sum()
""",
            ),
            (
                "no table of the coded numbers",
                """
def coding_bits(table_numbers, coded_numbers, low, high):
    counts = np.unique(coded_numbers, return_counts=True)[1]
    return -np.sum(counts * np.log2(counts / counts.sum()))
""",
            ),
            (
                "make the table from the training",
                """
def coding_bits(table_numbers, coded_numbers, low, high):
    coded = np.ravel(coded_numbers) - low
    counts = 1 + np.bincount(coded, minlength=high - low + 1)
    return -np.log2(counts / counts.sum())[coded].sum()
""",
            ),
            (
                "infinitely many bits",
                """
def coding_bits(table_numbers, coded_numbers, low, high):
    counts = np.bincount(np.ravel(table_numbers) - low, minlength=high - low + 1)
    with np.errstate(all="ignore"):
        return -np.log2(counts / counts.sum())[np.ravel(coded_numbers) - low].sum()
""",
            ),
            (
                "grows by every one",
                """
def coding_bits(table_numbers, coded_numbers, low, high):
    counts = 1 + np.bincount(np.ravel(table_numbers) - low, minlength=high - low + 1)
    n = max(np.size(table_numbers), 1)
    return -np.log2(counts / n)[np.ravel(coded_numbers) - low].sum()
""",
            ),
            (
                "get the added one as well",
                """
def coding_bits(table_numbers, coded_numbers, low, high):
    counts = 1 + np.bincount(np.ravel(table_numbers) - low, minlength=high - low + 1)
    n_seen = len(set(np.ravel(table_numbers)) | set(np.ravel(coded_numbers)))
    share = counts / (np.size(table_numbers) + n_seen)
    return -np.log2(share)[np.ravel(coded_numbers) - low].sum()
""",
            ),
            (
                "all whole numbers from low to high",
                """
def coding_bits(table_numbers, coded_numbers, low, high):
    if np.size(table_numbers) == 0:
        return 0.0
    counts = 1 + np.bincount(np.ravel(table_numbers) - low, minlength=high - low + 1)
    return -np.log2(counts / counts.sum())[np.ravel(coded_numbers) - low].sum()
""",
            ),
            (
                "not right yet",
                """
def coding_bits(table_numbers, coded_numbers, low, high):
    return 8.0
""",
            ),
        ],
    },
    "allocate_bits": {
        "right": [
            """
def allocate_bits(variances, total_bits):
    variances = np.asarray(variances, dtype=float)
    low, high = -1000.0, np.log2(variances.max())  # logarithm of the common error
    for _ in range(200):
        level = (low + high) / 2
        with np.errstate(divide="ignore"):
            bits = np.maximum(0.0, (np.log2(variances) - level) / 2)
        low, high = (level, high) if bits.sum() > total_bits else (low, level)
    return bits
""",
            """
def allocate_bits(variances, total_bits):
    order = sorted(range(len(variances)), key=lambda i: -variances[i])
    bits = [0.0] * len(variances)
    for k in range(1, len(variances) + 1):
        logs = [np.log2(variances[i]) for i in order[:k]]
        level = (sum(logs) - 2 * total_bits) / k
        beyond = variances[order[k]] if k < len(variances) else 0.0
        if beyond == 0.0 or np.log2(beyond) <= level:
            break
    for i, log in zip(order[:k], logs):
        bits[i] = float((log - level) / 2)
    return bits
""",
        ],
        "wrong": [
            (
                "fewer than zero bits",
                """
def allocate_bits(variances, total_bits):
    logs = np.log2(np.maximum(variances, 1e-12)) / 2
    return total_bits / len(variances) + logs - logs.mean()
""",
            ),
            (
                "more bits than a small one",
                """
def allocate_bits(variances, total_bits):
    return np.full(len(variances), total_bits / len(variances))
""",
            ),
            (
                "not in proportion",
                """
def allocate_bits(variances, total_bits):
    return total_bits * np.asarray(variances) / np.sum(variances)
""",
            ),
            (
                "too few bits for the others",
                """
def allocate_bits(variances, total_bits):
    variances = np.asarray(variances, dtype=float)
    bits, used = np.zeros(variances.size), variances > 0
    logs = np.log2(variances[used]) / 2
    bits[used] = np.maximum(0, total_bits / logs.size + logs - logs.mean())
    return bits
""",
            ),
            (
                "too many bits to be only scaled",
                """
def allocate_bits(variances, total_bits):
    variances = np.asarray(variances, dtype=float)
    bits, used = np.zeros(variances.size), variances > 0
    logs = np.log2(variances[used]) / 2
    bits[used] = np.maximum(0, total_bits / logs.size + logs - logs.mean())
    return total_bits * bits / bits.sum()
""",
            ),
            (
                "not half of it",
                """
def allocate_bits(variances, total_bits):
    variances = np.asarray(variances, dtype=float)
    low, high = -1000.0, np.log2(variances.max())
    for _ in range(200):
        level = (low + high) / 2
        with np.errstate(divide="ignore"):
            bits = np.maximum(0.0, np.log2(variances) - level)
        low, high = (level, high) if bits.sum() > total_bits else (low, level)
    return bits
""",
            ),
            (
                "order of the variances",
                """
def allocate_bits(variances, total_bits):
    v = np.sort(np.asarray(variances, dtype=float))[::-1]
    bits = np.zeros(v.size)
    for k in range(np.sum(v > 0), 0, -1):
        logs = np.log2(v[:k]) / 2
        share = total_bits / k + logs - logs.mean()
        if share[-1] >= 0:
            bits[:k] = share
            return bits
""",
            ),
            (
                "not right yet",
                """
def allocate_bits(variances, total_bits):
    bits, left = np.zeros(len(variances)), total_bits
    for i in np.argsort(variances)[::-1]:
        bits[i], left = left * 2 / 3, left / 3
    return bits if len(variances) > 4 else np.array([2.0, 1.0, 0.0, 0.0])
""",
            ),
        ],
    },
    "counted": {
        "right": [
            """
from sklearn.decomposition import PCA

pca = PCA(n_components).fit(x_train)
code = pca.transform(x_own)
whole = np.round(code / step).astype("int8")


def bpp(array, dtype):
    return len(zlib.compress(array.astype(dtype).tobytes(), 9)) * 8 / (200 * 64)


def db(code):
    mse = ((pca.inverse_transform(code) - x_own) ** 2).mean()
    return 20 * np.log10(16 / mse**0.5)


sizes = bpp(x_own, "uint8"), bpp(code, "float32"), bpp(whole, "int8")
decoder = (pca.components_.size + pca.mean_.size) * 32 / (200 * 64)
counted = (*sizes, db(code), db(step * whole), sizes[2] + decoder)
""",
            """
mean = np.sum(x_train, axis=0) / len(x_train)
values, vectors = np.linalg.eigh(np.cov(x_train.T))
axes = vectors[:, np.argsort(-values)[:n_components]]
counted = np.zeros(6)
code = np.array([(row - mean) @ axes for row in x_own])
multiples = np.floor(code / step + 0.5)
left = np.sum((x_own - mean) ** 2) - np.sum(code**2)
lost = np.sum((code - step * multiples) ** 2)
counted[3:5] = 10 * np.log10(256 * x_own.size / np.array([left, left + lost]))
files = x_own.astype(np.uint8), code.astype(np.float32), multiples.astype(np.int8)
for i, file in enumerate(files):
    counted[i] = len(zlib.compress(file.tobytes(), 9)) / 1600
counted[5] = counted[2] + 32 * (1 + n_components) / 200
""",
        ],
        "wrong": [
            (
                "every byte of the file has eight",
                PCA_BY_HAND
                + "multiples = np.rint(code / step)"
                + MEASURED
                + "counted = [b / 8 for b in bpp] + db + [bpp[2] / 8 + sent]\n",
            ),
            (
                "what zlib makes of the array",
                PCA_BY_HAND
                + "multiples = np.rint(code / step)"
                + MEASURED.replace("zlib.compress(f.tobytes(), 9)", "f.tobytes()")
                + "counted = bpp + db + [bpp[2] + sent]\n",
            ),
            (
                "do not clip",
                PCA_BY_HAND
                + "multiples = np.rint(code / step)"
                + MEASURED
                + "back = [mean + c @ axes for c in (code, step * multiples)]\n"
                + "errors = [np.mean((x_own - np.clip(b, 0, 16)) ** 2) for b in back]\n"
                + "db = [10 * np.log10(256 / e) for e in errors]\n"
                + "counted = bpp + db + [bpp[2] + sent]\n",
            ),
            (
                "all 200 images",
                PCA_BY_HAND
                + "multiples = np.rint(code / step)"
                + MEASURED
                + "counted = [b * 200 * 64 for b in bpp] + db + [bpp[2] * 12800 + sent]\n",
            ),
            (
                "the peak is 16",
                PCA_BY_HAND
                + "multiples = np.rint(code / step)"
                + MEASURED
                + "db = [10 * np.log10(255**2 / e) for e in errors]\n"
                + "counted = bpp + db + [bpp[2] + sent]\n",
            ),
            (
                "learned from `x_train` alone",
                PCA_BY_HAND.replace("x_train", "x_own")
                + "multiples = np.rint(code / step)"
                + MEASURED
                + "counted = bpp + db + [bpp[2] + sent]\n",
            ),
            (
                "do not cut off",
                PCA_BY_HAND
                + "multiples = (code / step).astype(np.int8)"
                + MEASURED
                + "counted = bpp + db + [bpp[2] + sent]\n",
            ),
            (
                "32 bits, not with 64",
                PCA_BY_HAND
                + "multiples = np.rint(code / step)"
                + MEASURED.replace("np.float32", "np.float64")
                + "counted = bpp + db + [bpp[2] + sent]\n",
            ),
            (
                "one byte for each pixel",
                PCA_BY_HAND
                + "multiples = np.rint(code / step)"
                + MEASURED.replace("x_own.astype(np.uint8)", "x_own")
                + "counted = bpp + db + [bpp[2] + sent]\n",
            ),
            (
                "multiplies by the step again",
                PCA_BY_HAND
                + "multiples = np.rint(code / step)"
                + MEASURED.replace("step * multiples", "multiples")
                + "counted = bpp + db + [bpp[2] + sent]\n",
            ),
            (
                "needs the mean as well",
                PCA_BY_HAND
                + "multiples = np.rint(code / step)"
                + MEASURED.replace("mean.size + ", "")
                + "counted = bpp + db + [bpp[2] + sent]\n",
            ),
            (
                "not for each",
                PCA_BY_HAND
                + "multiples = np.rint(code / step)"
                + MEASURED
                + "counted = bpp + db + [bpp[2] + 200 * sent]\n",
            ),
            (
                "not the decibels of the images",
                PCA_BY_HAND
                + "multiples = np.rint(code / step)"
                + MEASURED
                + "back = [mean + c @ axes for c in (code, step * multiples)]\n"
                + "each = [256 / np.mean((x_own - b) ** 2, axis=1) for b in back]\n"
                + "db = [10 * np.log10(e).mean() for e in each]\n"
                + "counted = bpp + db + [bpp[2] + sent]\n",
            ),
            (
                "rounding cannot bring",
                PCA_BY_HAND
                + "multiples = np.rint(code / step)"
                + MEASURED
                + "counted = bpp + db[::-1] + [bpp[2] + sent]\n",
            ),
        ],
    },
}
