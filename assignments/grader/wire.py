"""Values as lines of text, between the grader and a student's process.

Only data cross: numbers, text, arrays, random generators (as seeds), and lists, tuples and
mappings of them. Nothing is unpickled, so a line that a student forges can be a wrong
answer and nothing worse.
"""

import base64
import json

import numpy as np

MAX_LINE = 64 * 2**20  # characters of one line
KINDS = "biufcU"  # kinds of arrays that cross: truth values, numbers, text


def dump(value):
    """Return a value as one line of text.

    Args:
        value: Made of what crosses.

    Raises:
        TypeError: If it is of a kind that does not cross.
    """
    return json.dumps(_plain(value))


def load(line):
    """Return the value of a line.

    Args:
        line: What `dump` returned, or anything else.

    Raises:
        ValueError: If the line is too long or was not written by `dump`.
    """
    if len(line) > MAX_LINE:
        raise ValueError(f"line must have at most {MAX_LINE} characters; got {len(line)}")
    try:
        return _value(json.loads(line))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ValueError(f"line must be one of `dump`; got {line[:60]!r}") from error


def _plain(value):
    if value is None or value is Ellipsis:  # what an answer is that is still to be written
        return None
    if isinstance(value, bool | str):
        return value
    if isinstance(value, np.random.Generator):
        return {"generator": int(value.integers(2**32))}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_plain(v) for v in value]}
    if isinstance(value, dict):
        return {"dict": [[_plain(k), _plain(v)] for k, v in value.items()]}
    single = isinstance(value, int | float | complex | np.generic)
    array = np.asarray(value)
    if array.dtype.kind not in KINDS:
        raise TypeError("a value must be a number, text, an array, or made of those")
    content = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"scalar" if single else "array": [array.dtype.str, list(array.shape), content]}


def _value(plain):
    if plain is None or isinstance(plain, bool | str):
        return plain
    ((kind, content),) = plain.items()
    match kind:
        case "list":
            return [_value(v) for v in content]
        case "tuple":
            return tuple(_value(v) for v in content)
        case "dict":
            return {_value(k): _value(v) for k, v in content}
        case "generator":
            return np.random.default_rng(content)
        case "scalar" | "array":
            name, shape, text = content
            dtype = np.dtype(name)
            if dtype.kind not in KINDS:
                raise ValueError(name)
            data = base64.b64decode(text, validate=True)
            array = np.frombuffer(bytearray(data), dtype).reshape(shape)
            return array.item() if kind == "scalar" else array
    raise ValueError(kind)
