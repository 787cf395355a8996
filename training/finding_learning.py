"""Learning from what inspections found: which kind, what heading instead, and how much was raised."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from customs.outcome import Finding
from features.columns import take
from scoring.headings import corrections_of
from scoring.past_cases import PastCases
from scoring.revenue import RevenueModel
from scoring.risk import RiskModel
from scoring.scorer import Scorer
from training.kind_model import learn_kinds
from training.material import Prepared
from training.settings import TrainingSettings
from training.split import Index, Split

Floats = NDArray[np.float64]

MOST_CASES = 2_000
"""Past inspections that go with a bundle, for officers to see what was found of like items."""


def with_findings(
    scorer: Scorer, earlier: RiskModel, labelled: Prepared, split: Split, settings: TrainingSettings
) -> Scorer:
    """Give a scorer of risks and values with what findings teach beside: kinds, corrected headings, revenue.

    `earlier` is the risk model that knew nothing of the calibration part.
    """
    return replace(
        scorer,
        kinds=learn_kinds(labelled.labelled_matrix(settings), labelled.data.finding, split, settings),
        corrections=corrections_of(_corrected(labelled, split.refit)),
        revenue=_calibrated(scorer, earlier, labelled, split),
        past_cases=_past_cases(scorer, labelled, split.refit),
    )


def _past_cases(scorer: Scorer, labelled: Prepared, rows: Index) -> PastCases | None:
    """Take the newest of the rows, with what the risk model says of each."""
    if scorer.risk is None:
        return None
    newest = rows[np.argsort(labelled.day[rows], kind="stable")][-MOST_CASES:]
    data = labelled.data
    found = [_found(*one) for one in zip(data.label[newest], data.finding[newest], strict=True)]
    matrix, columns = labelled.matrix[newest], take(data.columns, newest)
    return PastCases.of(labelled.recipe, scorer.risk, matrix, columns, found)


def _found(label: float, finding: str | None) -> str:
    """Give the kind of finding; `other` where only that there was one is known."""
    return (finding or Finding.OTHER.value) if label == 1 else Finding.NONE.value


def _corrected(labelled: Prepared, rows: Index) -> list[tuple[str, str]]:
    """Codes declared and found instead."""
    data = labelled.data
    wrong = rows[data.finding[rows] == Finding.CLASSIFICATION.value]
    pairs = zip(data.columns["hs_code"][wrong].tolist(), data.assessed_hs_code[wrong].tolist(), strict=True)
    return [(declared, found) for declared, found in pairs if declared and found]


def _calibrated(scorer: Scorer, earlier: RiskModel, labelled: Prepared, split: Split) -> RevenueModel:
    """Learn from all; calibrate by what a model of the training part alone expects of the part after it."""
    rows = split.calibration
    raised = np.where(labelled.data.label[rows] == 1, labelled.data.revenue[rows], 0.0)
    known = rows[~np.isnan(raised)]
    model = _revenue(scorer, labelled, split.train)
    expected = earlier.risk(labelled.matrix[known]) * _uplift(model, scorer, labelled, known)
    scale = model.calibrated(expected, raised[~np.isnan(raised)]).scale
    return replace(_revenue(scorer, labelled, split.refit), scale=scale)


def _revenue(scorer: Scorer, labelled: Prepared, rows: Index) -> RevenueModel:
    illicit = rows[labelled.data.label[rows] == 1]
    columns = take(labelled.data.columns, illicit)
    mid = _mid(scorer, labelled, illicit)
    return RevenueModel.fit(labelled.data.revenue[illicit], columns["cif"], columns["tax_rate_pct"], mid)


def _uplift(model: RevenueModel, scorer: Scorer, labelled: Prepared, rows: Index) -> Floats:
    columns = take(labelled.data.columns, rows)
    return model.uplift(columns["cif"], columns["tax_rate_pct"], _mid(scorer, labelled, rows))


def _mid(scorer: Scorer, labelled: Prepared, rows: Index) -> Floats:
    """The middle of the value interval."""
    if scorer.value is None:
        return np.full(len(rows), np.nan)
    columns = take(labelled.data.columns, rows)
    return scorer.value.interval(scorer.value_matrix(labelled.matrix[rows]), columns)[1]
