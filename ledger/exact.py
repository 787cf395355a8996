"""Values of Python and NumPy as JSON that loses nothing, and the bytes that stand for them."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache

import numpy as np

from ledger.errors import RecordError
from ledger.json_bytes import json_bytes, spelled

LARGEST = 2**53 - 1
"""The largest integer that every reader of JSON holds exactly (RFC 8785, RFC 7493)."""


def exact(value: object) -> object:
    """The JSON value that stands for `value`: plain dicts, lists, text, numbers, booleans and None.

    A number that not every reader of JSON holds is written as its text: whatever lies beyond ±(2**53 - 1),
    infinities, and NaN. Bytes become base64; dates and instants ISO 8601; dataclasses objects; NumPy arrays
    lists. `integers` and `floats` lead back to the same bits (of NaN: to a NaN).

    >>> exact({"history": np.array([7, 2**60]), "net_kg": float("nan"), "seller": None, "body": b"{}"})
    {'body': 'e30=', 'history': [7, '1152921504606846976'], 'net_kg': 'nan', 'seller': None}
    """
    return json.loads(exact_bytes(value))


def exact_bytes(value: object) -> bytes:
    """The bytes of the details of a record, final: equal values have equal bytes.

    `exact` as JSON in UTF-8 without blanks: names in the order of their code points, text unescaped but for
    quotes, backslashes and controls, floats in the shortest digits that lead back to their bits, as Python
    writes them (1.0, -0.0, 1e-07). Raises RecordError for text that is not UTF-8 (a lone surrogate).

    >>> exact_bytes({"risk": 0.25, "items": (1, -0.0, None), "city": "Callao — Perú"}).decode()
    '{"city":"Callao — Perú","items":[1,-0.0,null],"risk":0.25}'
    """
    try:
        return json_bytes(_plain(value), in_order=True)
    except UnicodeEncodeError:
        raise RecordError(
            "the record cannot be written as JSON", remedy="refuse such text at intake"
        ) from None


def integers(values: Sequence[int | str]) -> np.ndarray:
    """The int64 array that `exact` wrote as `values`.

    >>> integers([7, "1152921504606846976"])
    array([                  7, 1152921504606846976])
    """
    return np.array([int(value) for value in values], dtype=np.int64)


def floats(values: Sequence[float | str]) -> np.ndarray:
    """The float64 array that `exact` wrote as `values`.

    >>> floats([1, 0.1, "nan", "-inf"])
    array([ 1. ,  0.1,  nan, -inf])
    """
    return np.array([float(value) for value in values], dtype=np.float64)


def _plain(value: object) -> object:
    """What is written for a value: text, whole numbers within bounds, spelled floats, lists, dicts."""
    kind = type(value)
    if kind in _PLAIN or (kind is int and -LARGEST <= value <= LARGEST):  # type: ignore[operator]
        return value
    return _writer(kind)(value)  # type: ignore[arg-type]  # a type is hashable


@cache
def _writer(kind: type) -> Callable[..., object]:
    """How values of a type are written; enums and subclasses like what they are a kind of."""
    for known, write in _WRITERS:
        if issubclass(kind, known):
            return write
    if dataclasses.is_dataclass(kind):
        names = [field.name for field in dataclasses.fields(kind)]
        return lambda value: {name: _plain(getattr(value, name)) for name in names}
    raise TypeError(f"a record cannot hold a value of type {kind.__name__}")


_PLAIN = frozenset({str, bool, type(None)})
"""Types of what is written as it is."""


def _same(value: object) -> object:
    return value


def _integer(value: int) -> object:
    return int(value) if -LARGEST <= value <= LARGEST else str(int(value))


def _float(value: float) -> object:
    """NaN is within no bounds: it becomes its text, too."""
    return spelled(float(value)) if -LARGEST <= value <= LARGEST else str(float(value))


def _object(value: Mapping[object, object]) -> object:
    return {str(key): _plain(entry) for key, entry in value.items()}


def _list(value: Sequence[object]) -> object:
    return [_plain(entry) for entry in value]


def _array(values: np.ndarray) -> object:
    if values.dtype.kind not in "iu":
        return _plain(values.tolist())
    beyond = ~((values >= -LARGEST) & (values <= LARGEST))
    if not beyond.any():
        return values.tolist()
    written = values.astype(object)
    written[beyond] = [str(value) for value in values[beyond].tolist()]
    return written.tolist()


def _item(value: np.generic) -> object:
    return _plain(value.item())


def _base64(value: bytes) -> object:
    return base64.b64encode(value).decode("ascii")


def _iso(value: date) -> object:
    return value.isoformat()


_WRITERS: Sequence[tuple[type, Callable[..., object]]] = (
    (np.generic, _item),
    (np.ndarray, _array),
    (str, str),
    (bool, _same),
    (type(None), _same),
    (int, _integer),
    (float, _float),
    (Mapping, _object),
    (list, _list),
    (tuple, _list),
    (bytes, _base64),
    (date, _iso),
)
"""Kinds and their writers, the narrower before the wider: a bool is an int, a float64 of NumPy a float."""
