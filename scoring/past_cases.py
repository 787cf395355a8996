"""Past inspections of which the model says nearly the same as of an item, and what they found.

Items are alike to a model where the same reasons move their risk by as much: the distance of two items is
that between the sums of their contributions by reason code, in log-odds. No party and no id of a declaration
is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customs.outcome import Finding
from features.columns import Columns
from features.history.parts import hs4_of
from features.local_time import date_of
from features.recipe import Recipe
from scoring.errors import ColumnError
from scoring.reasons import summed
from scoring.risk import RiskModel

Floats = NDArray[np.float64]

MOST = 10
"""Cases that are told of an item."""

_DECIMALS = 3


@dataclass(frozen=True)
class PastCase:
    """One inspected item: its day, heading and origin as declared, the kind of finding, how far it lies."""

    customs_date: date
    heading: str | None
    origin_country: str | None
    finding: str
    distance: float


@dataclass(frozen=True)
class PastCases:
    """Inspected items that the risk model has learnt from.

    `sums` (cases, codes) holds their contributions by reason code, in log-odds; what was declared and found
    of them lies in the same order.
    """

    codes: tuple[str, ...]
    sums: Floats
    customs_date: Sequence[date]
    heading: Sequence[str | None]
    origin_country: Sequence[str | None]
    finding: Sequence[str]

    @classmethod
    def of(
        cls, recipe: Recipe, risk: RiskModel, matrix: Floats, columns: Columns, finding: Sequence[str]
    ) -> PastCases:
        """Give the cases of inspected items, by what a risk model says of the rows of their matrix."""
        sums = [summed(recipe, parts) for parts in risk.contributions(matrix, risk.raw(matrix))]
        return cls(
            tuple(sums[0]),
            np.array([[*one.values()] for one in sums]),
            [date_of(day) for day in columns["customs_date"].tolist()],
            [hs4_of(code) for code in columns["hs_code"].tolist()],
            columns["origin_country"].tolist(),
            finding,
        )

    def nearest(self, sums: Mapping[str, float], most: int = MOST) -> tuple[PastCase, ...]:
        """Give the cases nearest to an item by its sums of contributions, the nearest and then newest first.

        Raises ColumnError for sums by other codes.

        >>> days, said = [date(2030, 1, 1), date(2030, 1, 2)], np.array([[0.5], [-1.0]])
        >>> cases = PastCases(("records",), said, days, ["6403"] * 2, ["CN"] * 2, ["value", "none"])
        >>> [(case.finding, case.distance) for case in cases.nearest({"records": 0.25})]
        [('value', 0.25), ('none', 1.25)]
        """
        if sums.keys() != set(self.codes):
            raise ColumnError(
                "the contributions are not by the codes of the past cases",
                remedy="take contributions and cases from one bundle",
            )
        own = np.array([sums[code] for code in self.codes])
        distance = np.sqrt(((self.sums - own) ** 2).sum(axis=1))
        newest = np.arange(len(distance), 0, -1)
        return tuple(
            PastCase(
                self.customs_date[place],
                self.heading[place],
                self.origin_country[place],
                self.finding[place],
                round(float(distance[place]), _DECIMALS),
            )
            for place in np.lexsort((newest, distance))[:most].tolist()
        )

    @property
    def found(self) -> float:
        """Share of all the cases that had a finding, in percent."""
        return 100.0 * sum(map(is_finding, self.finding)) / max(len(self.finding), 1)

    def to_json(self) -> dict[str, Any]:
        """Give all of it, contributions to a thousandth."""
        return {
            "codes": list(self.codes),
            "sums": np.round(self.sums, _DECIMALS).tolist(),
            "customs_date": [day.isoformat() for day in self.customs_date],
            "heading": list(self.heading),
            "origin_country": list(self.origin_country),
            "finding": list(self.finding),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PastCases:
        """Read what to_json wrote."""
        return cls(
            tuple(data["codes"]),
            np.array(data["sums"], dtype=np.float64).reshape(-1, len(data["codes"])),
            [date.fromisoformat(day) for day in data["customs_date"]],
            data["heading"],
            data["origin_country"],
            data["finding"],
        )


def is_finding(finding: str) -> bool:
    """Tell whether an inspection found something.

    >>> is_finding("value"), is_finding("none")
    (True, False)
    """
    return finding != Finding.NONE.value
