"""The model of kinds: which irregularity it is, learnt from the few items found irregular."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from customs.outcome import Finding
from scoring.booster import Booster
from scoring.kinds import KindModel, believed
from training.fit import fit
from training.risk_model import LabelledMatrix
from training.settings import TrainingSettings
from training.split import Index, Split

Floats = NDArray[np.float64]
Names = NDArray[np.object_]

LEAST_FINDINGS = 15
"""Findings of a kind in the training part below which it is pooled into `other`."""

_LEAST_JUDGED = 50
_SURE = 1.645
"""Standard errors that the gain over the shares of kinds must be above 0 by: one-sided 95 %."""

_ROUNDS = 160
_PARAMETERS: Mapping[str, float | str] = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 5,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.8,
    "lambda_l2": 5.0,
    "cat_smooth": 100.0,
    "cat_l2": 60.0,
    "path_smooth": 5.0,
}
"""Very small, slow trees: there are hundreds of findings, not thousands, and some kinds have dozens."""


def learn_kinds(
    data: LabelledMatrix, finding: Names, split: Split, settings: TrainingSettings
) -> KindModel | None:
    """Give the model of kinds; None where all findings are of one kind, or there are none.

    `finding` names what was found in each row. How far the boosters are believed is chosen on forward windows
    and the calibration part, by boosters that knew nothing of them; no parameter is tuned there. Where they
    do not surely gain anything the shares of the kinds alone are left.
    """
    kind = _kinds(data.label, finding, split.train)
    rates = _rates(kind, split.refit)
    if len(rates) < 2:
        return None
    said, found = _forward(data, kind, split, rates, settings)
    weight = chosen_weight(said, found, np.array([*rates.values()]))
    boosters = _boosters(data, kind, split.refit, rates, settings) if weight else {}
    return KindModel(rates, boosters, weight if boosters else 0.0)


def chosen_weight(said: Floats, found: NDArray[np.intp], rates: Floats) -> float:
    """Give how far to believe what boosters said (n, kinds) of rows of which `found` is the number of a kind.

    The weight that loses least, by hundredths; 0 where its gain over the rates alone is not surely above 0.

    >>> said = np.array([[0.9, 0.1], [0.2, 0.8]] * 40)
    >>> chosen_weight(said, np.array([0, 1] * 40), np.array([0.5, 0.5]))
    1.0
    >>> chosen_weight(said, np.array([0, 0, 1, 1] * 20), np.array([0.5, 0.5]))
    0.0
    """
    if len(found) < _LEAST_JUDGED:
        return 0.0
    rows = np.arange(len(found))
    gains = {
        weight: np.log(believed(said, rates, weight)[rows, found] / rates[found])
        for weight in np.linspace(0.01, 1, 100).round(2).tolist()
    }
    best = max(gains, key=lambda weight: gains[weight].mean())
    gain = gains[best]
    sure = gain.mean() - _SURE * gain.std(ddof=1) / math.sqrt(len(gain)) > 0
    return best if sure else 0.0


def _kinds(label: Floats, finding: Names, train: Index) -> Names:
    """Give the kind of each irregular row, None of the others: rare ones are `other`."""
    counts = Counter(finding[train[label[train] == 1]].tolist())
    own = {name.value for name in Finding if name is not Finding.NONE and counts[name] >= LEAST_FINDINGS}
    kind = np.full(len(finding), None, dtype=object)
    for row in np.flatnonzero(label == 1).tolist():
        if finding[row] is not None:
            kind[row] = finding[row] if finding[row] in own else Finding.OTHER.value
    return kind


def _rates(kind: Names, rows: Index) -> dict[str, float]:
    """Give the share of each kind among the findings of some rows, by name."""
    counts = Counter(name for name in kind[rows].tolist() if name is not None)
    whole = sum(counts.values())
    return {name: counts[name] / whole for name in sorted(counts)}


def _forward(
    data: LabelledMatrix, kind: Names, split: Split, rates: Mapping[str, float], settings: TrainingSettings
) -> tuple[Floats, NDArray[np.intp]]:
    """Give what boosters say of later findings, (n, kinds), and the number of the kind that each was."""
    parts = [(window.train, window.judge) for window in split.windows] + [(split.train, split.calibration)]
    names = [*rates]
    said, found = [np.empty((0, len(names)))], [np.empty(0, np.intp)]
    for learn, judge in parts:
        judged = _of(kind, judge, names)
        boosters = _boosters(data, kind, learn, rates, settings)
        if not len(judged) or not boosters:
            continue
        model = KindModel(rates, boosters, 1.0)
        said.append(model.given_illicit(data.matrix[judged]))
        found.append(np.array([names.index(name) for name in kind[judged]], np.intp))
    return np.concatenate(said), np.concatenate(found)


def _boosters(
    data: LabelledMatrix, kind: Names, rows: Index, rates: Mapping[str, float], settings: TrainingSettings
) -> dict[str, Booster]:
    """Give the booster of each kind with enough findings among the rows, and enough of the others."""
    rows = _of(kind, rows, [*rates])
    found = {}
    for name in rates:
        one = replace(data, label=(kind == name).astype(np.float64))
        count = int(one.label[rows].sum())
        if min(count, len(rows) - count) >= LEAST_FINDINGS:
            table = one.table(rows, settings.max_bin)
            text = fit(table, _PARAMETERS, _ROUNDS, seed=settings.seed, threads=settings.threads).text
            found[name] = Booster(text)
    return found


def _of(kind: Names, rows: Index, names: Sequence[str]) -> Index:
    return rows[np.isin(kind[rows].astype(str), names)]
