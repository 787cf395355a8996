"""The unit value that is expected of an item, by its goods and by what its parties usually differ by.

How far a declared value lies from it tells teachers of a false one (`training.teacher`). It is learnt from
items that nobody inspected, for each half of the declarations from the other half: an item that helped to
learn what is expected of it would look too usual. The booster that is taught never sees it, so that no
decision waits for it.
Source: Vapnik & Vashist 2009, A new learning paradigm: Learning using privileged information.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns
from features.recipe import Recipe
from scoring.booster import Booster
from scoring.value import unit_value
from training.fit import fit
from training.matrix_file import by_parts
from training.settings import TrainingSettings
from training.split import Index, some_of
from training.table import tabulate

Floats = NDArray[np.float64]

PARTIES = ("importer_deviation", "declarant_deviation", "seller_deviation", "declarant_seller_deviation")
"""Features of what parties usually differ by: of past items, never of the item's own value."""

LEAST, MOST = 500, 60_000
"""Items of a half below which nothing is expected of the other, and above which some of them do."""

_ROUNDS = 200
_PARAMETERS: Mapping[str, float | str] = {
    "objective": "regression",
    "learning_rate": 0.1,
    "num_leaves": 31,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
}


@dataclass(frozen=True)
class Priced:
    """Feature rows with the logarithm of their unit value, NaN where unknown, and which half each is of."""

    matrix: Floats
    log_unit_value: Floats
    half: NDArray[np.int8]

    @classmethod
    def of(cls, columns: Columns, matrix: Floats) -> Priced:
        """Give the rows of a matrix; items of a declaration are of one half, the same in every data set.

        >>> columns = {"declaration_id": np.array(["D", "D", "E"], object), "net_kg": np.ones(3)}
        >>> Priced.of(columns | {"cif": np.array([1.0, 2.0, np.nan])}, np.zeros((3, 1))).half.tolist()
        [0, 0, 1]
        """
        digests = [blake2b(str(each).encode(), digest_size=1) for each in columns["declaration_id"].tolist()]
        half = np.array([each.digest()[0] & 1 for each in digests], np.int8)
        return cls(matrix, unit_value(columns["cif"], columns["net_kg"]), half)


@dataclass(frozen=True)
class ExpectedValue:
    """What is expected of each half of the declarations: boosters, and the places of what they look at."""

    boosters: tuple[Booster, Booster]
    places: Sequence[int]

    @classmethod
    def learnt(
        cls, priced: Priced, rows: Index, recipe: Recipe, settings: TrainingSettings
    ) -> ExpectedValue | None:
        """Give what some rows teach; None where too few of them have a unit value."""
        known = rows[np.isfinite(priced.log_unit_value[rows])]
        others = [known[priced.half[known] != half] for half in (0, 1)]
        if min(map(len, others)) < LEAST:
            return None
        names = [name for name in recipe.names if name in recipe.value_names or name in PARTIES]
        codes = [name for name in names if name in recipe.categorical]
        places, rng = [recipe.names.index(name) for name in names], np.random.default_rng(settings.seed)
        boosters = []
        for other in others:
            some = some_of(other, MOST, rng)
            seen = by_parts(lambda part: part[:, places], priced.matrix, some)
            table = tabulate(seen, priced.log_unit_value[some], names, codes, max_bin=settings.max_bin)
            fitted = fit(table, _PARAMETERS, _ROUNDS, seed=settings.seed, threads=settings.threads)
            boosters.append(Booster(fitted.text))
        return cls((boosters[0], boosters[1]), places)

    def gap(self, priced: Priced) -> Floats:
        """Give the logarithm of each unit value less that of the expected one, (n,); NaN where unknown."""

        def looked_at(part: Floats) -> Floats:
            return np.ascontiguousarray(part[:, self.places])

        gap = priced.log_unit_value.copy()
        for half, booster in enumerate(self.boosters):
            rows = np.flatnonzero(priced.half == half)
            gap[rows] -= booster.predict(by_parts(looked_at, priced.matrix, rows))
        return gap
