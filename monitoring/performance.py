"""Whether the inspections still hit: by the reason of selection, and without the selection's bias.

What the model selects says how well the model does, not how things stand: for that each find is weighed by
the probability, logged when it was decided, that the item would be inspected (estimation.design).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from customs.figure import Figure
from estimation.design import hajek, horvitz_thompson

_COLUMNS = ("declaration_id", "selection_reason", "illicit", "p_physical")


@dataclass(frozen=True)
class Performance:
    """Hit rates with their intervals: by reason of selection, and of all items decided on.

    `irregular` weighs the finds back by their probabilities; None where no inspection has one above zero.
    `outside` counts the inspected items without a probability (legacy), which only `by_reason` holds.
    """

    inspected: int
    outside: int
    by_reason: Mapping[str, Figure]
    irregular: Figure | None

    def to_dict(self) -> dict[str, object]:
        """Give what JSON can hold; bounds that the data cannot give are null."""
        return {
            "inspected": self.inspected,
            "outside": self.outside,
            "by_reason": {reason: _plain(figure) for reason, figure in self.by_reason.items()},
            "irregular": None if self.irregular is None else _plain(self.irregular),
        }


def performance(outcomes: pl.DataFrame, *, decided: int | None = None, level: float = 0.95) -> Performance:
    """Give the hit rates of inspected items, one row each, with intervals clustered by declaration.

    Columns: declaration_id, selection_reason, illicit (0 or 1), p_physical (null without a logged
    probability). `decided` is the number of items decided on in the same period, inspected or not; without it
    the rate of all items is weighed by the inspected alone (Hájek).

    >>> seen = {"declaration_id": ["a", "b", "c"], "selection_reason": ["model", "random", "random"]}
    >>> found = {"illicit": [1, 0, 1], "p_physical": [1.0, 0.1, 0.1]}
    >>> held = performance(pl.DataFrame({**seen, **found}), decided=30)
    >>> round(held.by_reason["random"].value, 2), round(held.irregular.value, 2)
    (0.5, 0.37)
    """
    known = outcomes.select(_COLUMNS).filter(pl.col("illicit").is_not_null())
    framed = known.filter((pl.col("p_physical") > 0) & pl.col("p_physical").is_not_nan())
    return Performance(
        inspected=known.height,
        outside=known.height - framed.height,
        by_reason={
            str(reason): _hit_rate(rows, level)
            for (reason,), rows in sorted(
                known.group_by("selection_reason"), key=lambda held: str(held[0][0])
            )
        },
        irregular=_irregular(framed, decided, level) if framed.height else None,
    )


def _hit_rate(rows: pl.DataFrame, level: float) -> Figure:
    return hajek(rows["illicit"], np.ones(rows.height), clusters=rows["declaration_id"], level=level)


def _irregular(rows: pl.DataFrame, decided: int | None, level: float) -> Figure:
    found, probability, clusters = rows["illicit"], rows["p_physical"], rows["declaration_id"]
    if decided is None:
        return hajek(found, probability, clusters=clusters, level=level)
    return horvitz_thompson(found, probability, decided, clusters=clusters, level=level)


def _plain(figure: Figure) -> dict[str, float | None]:
    held = {"value": figure.value, "low": figure.low, "high": figure.high, "level": figure.level}
    return {name: None if math.isnan(value) else value for name, value in held.items()}
