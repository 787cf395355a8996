"""The leak probe of memory: whether a look-up table of earlier rows passes the test as the model does."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from customs.evidence import Probe
from estimation.bootstrap import Statistic, bootstrap_figures
from estimation.ranking import auc
from features.columns import Columns
from training.catalogue import text
from training.memory import memory
from training.probes import MEMORY, Answered
from training.settings import TrainingSettings

Floats = NDArray[np.float64]


def memory_probe(
    earlier: Columns, label: Floats, answered: Answered, settings: TrainingSettings, rng: np.random.Generator,
    *, decontaminated: bool,
) -> Probe:  # fmt: skip
    """Pit the model against the strongest look-up table of declared fields that earlier rows can choose.

    Where the table wins, the test can be passed by memory: that is told, and accepted only if the report
    judges a decontaminated part as well.
    """
    held = memory(earlier, label, answered.items.columns)
    truth = answered.items.label
    statistics: dict[str, Statistic] = {
        name: partial(_auc, score, truth)
        for name, score in (("table", held.score), ("model", answered.score))
    }
    statistics["more"] = lambda weight: _auc(held.score, truth, weight) - _auc(answered.score, truth, weight)
    figures = bootstrap_figures(
        statistics, answered.clusters, rng=rng, replicates=200, level=settings.interval_level
    )
    beaten = figures["more"].low > 0
    verdict = "passed" if not beaten else "accepted" if decontaminated else "failed"
    words = text(
        f"probe/memory/{verdict}",
        repeated=f"{held.repeated:.1%}",
        fields=", ".join(held.fields) or text("probe/no_field"),
        matched=f"{held.matched:.1%}",
        table=str(figures["table"]),
        model=str(figures["model"]),
    )
    return Probe(MEMORY, verdict != "failed", words)


def _auc(score: Floats, label: Floats, weight: Floats) -> Floats:
    return np.asarray(auc(score, label, weight))
