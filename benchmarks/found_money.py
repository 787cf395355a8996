"""Does expected revenue add up to what an inspection would raise, and what does calibrating it change?"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.judged_items import Floats, difference, drawn
from benchmarks.shown import Kept
from benchmarks.trained_world import TrainedWorld
from estimation.bootstrap import Statistic
from estimation.ranking import revenue_at
from features.dataset import Dataset
from scoring.revenue import LEAST_KNOWN, RevenueModel

TENTHS = 10
SHARE = 0.05


def money(trained: TrainedWorld, matrix: Floats, held: Dataset, truth: pl.DataFrame) -> Kept:
    """Give expected over raised revenue: of all items, of the tenth of greatest expectation, and each tenth.

    Raised is what an opening of the goods would raise. Expected as the model is, without its calibration, and
    by an uplift of each kind of finding, weighed by how likely the kind is; and what these differ.
    """
    scorer = trained.bundle.scorer
    assert scorer.revenue is not None
    raised = np.maximum((truth["additional_revenue"] * truth["found_if_inspected"]).to_numpy(), 0.0)
    scores = scorer.score_matrix(matrix, held.columns)
    ways = {
        "calibrated": scores.expected_revenue,
        "as learnt": scores.expected_revenue / scorer.revenue.scale,
        "by kind": scores.risk * _by_kind(trained, matrix, held, scores.value_mid),
    }
    statistics: dict[str, Statistic] = {}
    for name, expected in ways.items():
        statistics |= {f"{name}: {measure}": of for measure, of in _measures(expected, raised).items()}
    for name in ("calibrated", "by kind"):
        for measure in ("error of the tenths", "share of revenue at 5 %"):
            one, other = statistics[f"{name}: {measure}"], statistics[f"as learnt: {measure}"]
            statistics[f"{name}: {measure}, difference from as learnt"] = difference(one, other)
    parts = np.array_split(np.argsort(ways["calibrated"], kind="stable"), TENTHS)
    return {
        "scale": scorer.revenue.scale,
        **drawn(statistics, held.columns["declaration_id"]),
        "tenths, expected and raised, thousands": [
            [round(float(values[part].sum()) / 1000, 1) for values in (ways["calibrated"], raised)]
            for part in parts
        ],
    }


def _by_kind(trained: TrainedWorld, matrix: Floats, held: Dataset, mid: Floats) -> Floats:
    """The uplift of each kind with enough findings, else that of all, weighed by the kind's probability."""
    scorer, known = trained.bundle.scorer, trained.learnt_from()
    assert scorer.kinds is not None
    known = known.take(known.label == 1)
    past = scorer.score_matrix(scorer.recipe.matrix(known.columns, known.history), known.columns).value_mid
    columns, given = held.columns, scorer.kinds.given_illicit(matrix)
    whole = np.zeros(len(matrix))
    for place, name in enumerate(scorer.kinds.rates):
        mine = known.finding == name
        rows = mine if mine.sum() >= LEAST_KNOWN else np.full(len(known), True)  # noqa: FBT003 - a value
        model = RevenueModel.fit(
            known.revenue[rows], known.columns["cif"][rows], known.columns["tax_rate_pct"][rows], past[rows]
        )
        whole += given[:, place] * model.uplift(columns["cif"], columns["tax_rate_pct"], mid)
    return whole


def _measures(expected: Floats, raised: Floats) -> dict[str, Statistic]:
    parts = np.array_split(np.argsort(expected, kind="stable"), TENTHS)
    return {
        "expected over raised": _ratio(expected, raised, np.arange(len(raised))),
        "the same of the greatest tenth": _ratio(expected, raised, parts[-1]),
        "error of the tenths": _error(expected, raised, parts),
        "share of revenue at 5 %": lambda weight: revenue_at(expected, raised, SHARE, weight),
    }


def _ratio(expected: Floats, raised: Floats, part: NDArray[np.intp]) -> Statistic:
    return lambda weight: (weight[:, part] @ expected[part]) / (weight[:, part] @ raised[part])


def _error(expected: Floats, raised: Floats, parts: list[NDArray[np.intp]]) -> Statistic:
    """Sum over the tenths of how far expectation and revenue are apart, as a share of all revenue."""
    away = expected - raised
    return lambda weight: (
        sum(np.abs(weight[:, part] @ away[part]) for part in parts) / (weight @ raised)  # type: ignore[no-any-return]
    )
