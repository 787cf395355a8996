"""Lines: named arrays of one length that lie one under the other in a single array."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Wide = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Lines(Mapping[str, Wide]):
    """A mapping of `names` to the lines of `whole`, (names, n), contiguous; a line is cut when asked for.

    >>> lines = Lines(("a", "b"), np.array([[1, 2], [3, 4]]))
    >>> lines["b"], list(lines), lines | {"b": np.array([0, 0])}
    (array([3, 4]), ['a', 'b'], {'a': array([1, 2]), 'b': array([0, 0])})
    """

    names: tuple[str, ...]
    whole: Wide

    def __getitem__(self, name: str) -> Wide:
        """Give the line of a name."""
        line: Wide = self.whole[self._places[name]]
        return line

    @cached_property
    def _places(self) -> dict[str, int]:
        """Where each line lies: worked out once for the same names, and asked for once of these lines."""
        return _places(self.names)

    def __iter__(self) -> Iterator[str]:
        """Give the names."""
        return iter(self.names)

    def __len__(self) -> int:
        """Give the number of lines."""
        return len(self.names)

    def __or__(self, other: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Give the arrays of both, those of the other where both have one."""
        return {**self, **other}


def rows_of(values: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """Give named arrays of one length as one, (n, names).

    >>> rows_of({"a": np.array([1, 2]), "b": np.array([3, 4])})
    array([[1, 3],
           [2, 4]])
    """
    return values.whole.T if isinstance(values, Lines) else np.stack(list(values.values()), axis=1)


@cache
def _places(names: tuple[str, ...]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}
