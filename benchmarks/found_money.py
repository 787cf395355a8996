"""Does expected revenue add up to what an inspection would raise, and what does calibrating it change?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.judged_items import Floats, drawn
from benchmarks.shown import Kept
from estimation.bootstrap import Statistic
from estimation.ranking import revenue_at
from features.dataset import Dataset
from scoring.scorer import Scorer

TENTHS = 10
SHARE = 0.05


def money(scorer: Scorer, matrix: Floats, held: Dataset, truth: pl.DataFrame) -> Kept:
    """Give expected over raised revenue: of all items, the tenth of greatest expectation, and each tenth.

    `raised` is what an opening of the goods would raise. Once as the model is, once without its calibration,
    and the difference.
    """
    assert scorer.revenue is not None
    raised = np.maximum((truth["additional_revenue"] * truth["found_if_inspected"]).to_numpy(), 0.0)
    plain = replace(scorer, revenue=replace(scorer.revenue, scale=1.0))
    ways = {"calibrated": scorer, "as learnt": plain}
    expected = {name: one.score_matrix(matrix, held.columns).expected_revenue for name, one in ways.items()}
    statistics: dict[str, Statistic] = {}
    for name, values in expected.items():
        parts = np.array_split(np.argsort(values, kind="stable"), TENTHS)
        statistics |= {
            f"{name}: expected over raised": _ratio(values, raised, np.arange(len(raised))),
            f"{name}: the same of the greatest tenth": _ratio(values, raised, parts[-1]),
            f"{name}: error of the tenths": _error(values, raised, parts),
            f"{name}: share of revenue at 5 %": _at(values, raised),
        }
    one, other = (statistics[f"{name}: error of the tenths"] for name in ways)
    statistics["error of the tenths, difference"] = lambda weight: one(weight) - other(weight)
    parts = np.array_split(np.argsort(expected["calibrated"], kind="stable"), TENTHS)
    return {
        "scale": scorer.revenue.scale,
        **drawn(statistics, held.columns["declaration_id"]),
        "tenths, expected and raised, thousands": [
            [round(float(values[part].sum()) / 1000, 1) for values in (expected["calibrated"], raised)]
            for part in parts
        ],
    }


def _ratio(expected: Floats, raised: Floats, part: NDArray[np.intp]) -> Statistic:
    return lambda weight: (weight[:, part] @ expected[part]) / (weight[:, part] @ raised[part])


def _error(expected: Floats, raised: Floats, parts: list[NDArray[np.intp]]) -> Statistic:
    """Sum over the tenths of how far expectation and revenue are apart, as a share of all revenue."""
    away = expected - raised
    return lambda weight: (
        sum(np.abs(weight[:, part] @ away[part]) for part in parts) / (weight @ raised)  # type: ignore[no-any-return]
    )


def _at(expected: Floats, raised: Floats) -> Statistic:
    return lambda weight: revenue_at(expected, raised, SHARE, weight)
