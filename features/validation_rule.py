"""A rule of intake: its name, level, meaning and remedy, and the check that runs on any number of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns, Unreadable
from features.settings import IntakeSettings

Mask: TypeAlias = NDArray[np.bool_]


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


@dataclass(frozen=True)
class Rule:
    """One rule. `check` gives True where it is broken: (n,), or (n, fields) where each field is judged alone.

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
    check: Callable[[Columns, Context], Mask] = field(repr=False)

    def mask(self, columns: Columns, context: Context) -> Mask:
        """True for each row that breaks the rule, (n,)."""
        broken = self.check(columns, context)
        return broken if broken.ndim == 1 else np.asarray(broken.any(axis=1))

    def blamed(self, broken: Mask, row: int) -> tuple[str, ...]:
        """The fields of a row that break the rule; the first one where they are judged together."""
        if broken.ndim == 1:
            return self.fields[:1]
        return tuple(name for name, bad in zip(self.fields, broken[row], strict=True) if bad)


def where_text(values: NDArray[Any], is_bad: Callable[[str], bool]) -> Mask:
    """True where a text is there and is bad; each distinct text is judged once.

    >>> where_text(np.array(["a", None, "B"], dtype=object), str.isupper).tolist()
    [False, False, True]
    """
    texts = values.tolist()
    distinct = set(texts)
    distinct.discard(None)
    bad = set(filter(is_bad, distinct))
    if not bad:
        return np.zeros(len(texts), np.bool_)
    return np.fromiter((text in bad for text in texts), np.bool_, len(texts))


def side_by_side(masks: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Columns of one type as one array, (n, columns); quicker than np.stack for few rows."""
    return np.array(masks).T


def stacked(columns: Columns, names: Iterable[str]) -> NDArray[Any]:
    """Columns side by side, (n, names)."""
    return side_by_side([columns[name] for name in names])
