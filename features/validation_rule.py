"""A rule of intake: its name, level, meaning and remedy, and the check that runs on any number of rows.

A check is written once and judges columns as well as one row of them, where a name stands for a plain value:
with few rows, calls of NumPy would take nearly all of the time. Arithmetic, comparisons, `&`, `|` and `abs`
mean the same to both; for the rest there are `each`, `where_text`, `where_texts`, `is_missing` and `nowhere`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns, Unreadable
from features.settings import IntakeSettings

Mask: TypeAlias = NDArray[np.bool_]

Row: TypeAlias = Mapping[str, Any]
"""One row of columns: a plain value a name."""


class Level(StrEnum):
    """ERROR refuses the row; WARNING keeps it and records the rule."""

    ERROR = "E"
    WARNING = "W"


@dataclass(frozen=True)
class Context:
    """What a check may know besides the columns: settings, now (microseconds since the epoch), history.

    `unreadable` is what reading could not make sense of; `history` holds as-of values named
    `<entity>.<measure>`, where the caller has them.
    """

    settings: IntakeSettings
    now: int
    history: Mapping[str, NDArray[Any]] | None = None
    unreadable: tuple[Unreadable, ...] = ()


Check: TypeAlias = Callable[[Any, Context], Any]
"""True where a rule is broken: (n,), or (n, fields) where each field is judged alone; one truth for a row."""


@dataclass(frozen=True)
class Rule:
    """One rule; `check` gives True where it is broken. `remedies` are those of fields that want their own.

    >>> is_zero = lambda columns, _: columns["cif"] == 0
    >>> rule = Rule("zero_cif", Level.WARNING, ("cif",), "cif is zero", "declare it", is_zero)
    >>> rule.mask({"cif": np.array([0.0, 1.0])}, Context(IntakeSettings(), 0)).tolist()
    [True, False]
    """

    name: str
    level: Level
    fields: tuple[str, ...]
    meaning: str
    remedy: str
    check: Check = field(repr=False)
    remedies: Mapping[str, str] = field(default_factory=dict, repr=False)

    def remedy_of(self, name: str) -> str:
        """What to do about a field."""
        return self.remedies.get(name, self.remedy)

    def mask(self, columns: Columns, context: Context) -> Mask:
        """True for each row that breaks the rule, (n,)."""
        broken: Mask = self.check(columns, context)
        return broken if broken.ndim == 1 else np.asarray(broken.any(axis=1))

    def blamed(self, broken: Mask, row: int) -> tuple[str, ...]:
        """The fields of a row that break the rule; the first one where they are judged together."""
        if broken.ndim == 1:
            return self.fields[:1]
        return tuple(name for name, bad in zip(self.fields, broken[row], strict=True) if bad)


def each(judges: Mapping[str, Callable[[Any], Any]]) -> Check:
    """A check that judges each of these fields alone.

    >>> check = each(dict.fromkeys(("fob", "cif"), lambda amount: amount < 0))
    >>> context = Context(IntakeSettings(), 0)
    >>> check({"fob": np.array([1.0, 2.0]), "cif": np.array([3.0, -4.0])}, context).tolist()
    [[False, False], [False, True]]
    >>> check({"fob": 2.0, "cif": -4.0}, context)
    True
    """
    every = tuple(judges.items())
    alike = [(is_bad, [name for name, _ in some]) for is_bad, some in groupby(every, itemgetter(1))]

    def check(values: Any, _: Context) -> Any:
        if isinstance(values[every[0][0]], np.ndarray):
            parts = [_masks(values, names, is_bad) for is_bad, names in alike]
            return (np.concatenate(parts) if len(parts) > 1 else parts[0]).T
        for name, is_bad in every:  # noqa: SIM110 - a generator takes as long as the judging
            if is_bad(values[name]):
                return True
        return False

    return check


def _masks(columns: Columns, names: Sequence[str], is_bad: Callable[[Any], Any]) -> Mask:
    """Masks of fields judged alike, (fields, n): numbers at once, texts a column at a time."""
    every = [columns[name] for name in names]
    if len(every) == 1:
        return np.asarray(is_bad(every[0]))[np.newaxis]
    if every[0].dtype == object:
        return np.array([is_bad(texts) for texts in every])
    return np.asarray(is_bad(np.array(every)))


@overload
def where_text(values: NDArray[Any], is_bad: Callable[[str], bool]) -> Mask: ...


@overload
def where_text(values: str | None, is_bad: Callable[[str], bool]) -> bool: ...


def where_text(values: Any, is_bad: Callable[[str], bool]) -> Any:
    """True where a text is there and is bad; each distinct text of a column is judged once.

    >>> where_text(np.array(["a", None, "B"], dtype=object), str.isupper).tolist()
    [False, False, True]
    >>> where_text("B", str.isupper), where_text(None, str.isupper)
    (True, False)
    """
    if not isinstance(values, np.ndarray):
        return values is not None and is_bad(values)
    texts = values.tolist()
    distinct = set(texts)
    distinct.discard(None)
    bad = set(filter(is_bad, distinct))
    if not bad:
        return np.zeros(len(texts), np.bool_)
    return np.fromiter((text in bad for text in texts), np.bool_, len(texts))


def where_texts(one: Any, other: Any, is_bad: Callable[[str, str], bool]) -> Any:
    """True where both texts are there and are bad together.

    >>> where_texts(np.array(["a", None]), np.array(["a", "b"]), str.__eq__).tolist()
    [True, False]
    """
    if not isinstance(one, np.ndarray):
        return one is not None and other is not None and is_bad(one, other)
    pairs = zip(one.tolist(), other.tolist(), strict=True)
    return np.array([None not in pair and is_bad(*pair) for pair in pairs], np.bool_)


def is_missing(numbers: Any) -> Any:
    """True where a number is missing.

    >>> is_missing(np.array([1.0, np.nan])).tolist(), is_missing(math.nan)
    ([False, True], True)
    """
    return np.isnan(numbers) if isinstance(numbers, np.ndarray) else math.isnan(numbers)


def nowhere(values: Any) -> Any:
    """False for each row of columns, or for the one row."""
    first = next(iter(values.values()))
    return np.zeros(len(first), np.bool_) if isinstance(first, np.ndarray) else False
