"""The rows that value models learn from, and those that conformalise them, as the boosters see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.columns import take
from scoring.known_values import KnownValues, known_columns
from scoring.value import Conform
from scoring.value_groups import ValueGroups
from training.material import Prepared
from training.split import Index
from training.value_past import Past, numbered

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FOLDS = 10
"""Parts of the rows that teach; each is shown what is known without its own part."""

UNSEEN: Mapping[str, float] = {"hs6": 0.15, "hs4": 0.05}
"""Share of the rows that learn a second time, as if goods of their subheading or heading were never seen."""

UNSEEN_WEIGHT = 0.1
"""What a row counts for that is conformalised by a second time, as if its goods were never seen."""

_BLANK: Mapping[str, Mapping[str, float]] = {
    "hs6": {
        "comparables": 0.0,
        **dict.fromkeys(
            (
                "comparables_mean", "comparables_spread", "comparables_median", "subheading_mean",
                "net_share_gap", "package_mass_gap", "piece_mass_gap", "tax_rate_gap", "tax_rate_origin_gap",
            ),
            np.nan,
        ),
    },
    "hs4": {"tax_rate_heading_gap": np.nan},
}  # fmt: skip
"""By level: what the recipe's columns hold of goods that were never seen there."""


@dataclass(frozen=True)
class Parts:
    """Rows of the population whose value was not found false: that learn, and that conformalise."""

    learn: Index
    conform: Index

    def all_before(self, day: NDArray[np.int32], until: int) -> Index:
        """Give all of them that came before a day; `day` is that of each row of the population."""
        rows = np.concatenate([self.learn, self.conform])
        return np.sort(rows[day[rows] < until])


@dataclass(frozen=True)
class Seen:
    """What boosters see of some rows, the logarithm of their unit value, and what is known of their goods."""

    inputs: Floats
    log_unit_value: Floats
    sums: Integers
    rows: Index


class ValueMaterial:
    """What value models learn from: a population of which the rows `parts.learn` are what is known."""

    def __init__(self, population: Prepared, target: Floats, parts: Parts, rng: np.random.Generator) -> None:
        self.population = population
        self.target = target
        self.parts = parts
        self._teach = np.zeros(len(target), dtype=np.bool_)
        self._teach[parts.learn] = True
        self._fold = self._folds(rng)

    @cached_property
    def known(self) -> KnownValues:
        """What all rows that learn say of unit values."""
        columns = take(self.population.data.columns, self.parts.learn)
        return KnownValues.of(columns, self.target[self.parts.learn])

    @cached_property
    def grouping(self) -> ValueGroups:
        """The tenths of their mass."""
        return ValueGroups.fit(self.population.data.columns["net_kg"][self.parts.learn])

    def lesson(self, rows: Index, rng: np.random.Generator) -> Seen:
        """Give rows that learn, each once, and after them some a second time, as goods never seen."""
        again = [self._unseen(rows[rng.random(len(rows)) < share], level) for level, share in UNSEEN.items()]
        return _together([self._seen(rows, self._past.without(self._fold)), *again])

    def conform(self, rows: Index) -> Conform:
        """Give rows that no booster learnt from, each once, and after them all again as goods never seen."""
        again = [self._unseen(rows, level) for level in UNSEEN]
        seen = _together([self._seen(rows, self._past.without(self._fold)), *again])
        weight = np.where(np.arange(len(seen.rows)) < len(rows), 1.0, UNSEEN_WEIGHT)
        columns = take(self.population.data.columns, seen.rows)
        return Conform(seen.inputs, seen.log_unit_value, self.grouping.of(columns, seen.sums), weight)

    @cached_property
    def _past(self) -> Past:
        return Past(self.population.data.columns, self.target, self._teach)

    def _folds(self, rng: np.random.Generator) -> Integers:
        """Give each declaration a part by chance; a part of their own to rows that do not teach."""
        number = numbered(self.population.data.columns["declaration_id"].tolist())
        part = rng.integers(0, FOLDS, int(number.max()) + 1)[number]
        return np.where(self._teach, part, FOLDS).astype(np.int64)

    def _unseen(self, rows: Index, level: str) -> Seen:
        seen = self._seen(rows, self._past.without_goods(level))
        names = self.population.recipe.value_names
        for above in list(_BLANK)[: list(_BLANK).index(level) + 1]:
            for name, value in _BLANK[above].items():
                seen.inputs[:, names.index(name)] = value
        return seen

    def _seen(self, rows: Index, sums: Integers) -> Seen:
        mine = sums[:, :, rows]
        inputs = np.hstack([self._matrix[rows], known_columns(mine, self.known.whole)])
        return Seen(inputs, self.target[rows], mine, rows)

    @cached_property
    def _matrix(self) -> Floats:
        return self.population.value_matrix()


def _together(parts: list[Seen]) -> Seen:
    return Seen(
        np.vstack([part.inputs for part in parts]),
        np.concatenate([part.log_unit_value for part in parts]),
        np.concatenate([part.sums for part in parts], axis=2),
        np.concatenate([part.rows for part in parts]),
    )
