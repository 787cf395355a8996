"""Evidently's measures and figures of binned columns: the only module that knows Evidently.

Its import takes some seconds, so whoever only reads reports does not import this one.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

with warnings.catch_warnings():
    for _kind in (DeprecationWarning, SyntaxWarning):
        warnings.filterwarnings("ignore", category=_kind, module=r".*(evidently|litestar)")
    import pandas as pd
    import plotly.io
    from evidently import DataDefinition, Dataset, Report
    from evidently.legacy.calculations.stattests import psi_stat_test
    from evidently.legacy.core import ColumnType
    from evidently.metrics import MissingValueCount, ValueDrift

from monitoring.bins import Binned, Labels
from monitoring.progress import Progress, silent


def stability(columns: Mapping[str, Binned], progress: Progress = silent) -> dict[str, float]:
    """Give Evidently's population stability index of each column that has values in both periods.

    >>> import numpy as np
    >>> before, now = (np.array(["1", "2"] * 50 + ["1"] * more, dtype=object) for more in (0, 100))
    >>> {name: round(score, 3) for name, score in stability({"x": Binned(before, now, 2)}).items()}
    {'x': 0.275}
    """
    scores = {}
    for done, (name, held) in enumerate(columns.items(), start=1):
        before, now = (_series(labels).dropna() for labels in (held.reference, held.current))
        if len(before) and len(now):
            result = psi_stat_test(before, now, ColumnType.Categorical, None)
            scores[name] = float(result.drift_score)
        progress("drift", done, len(columns))
    return scores


def figures(columns: Mapping[str, Binned], thresholds: Mapping[str, float]) -> str:
    """Give Evidently's page of these columns: their drift, distributions and missing values.

    It is one file that needs nothing else.
    """
    wanted = [
        metric
        for name in columns
        for metric in (
            ValueDrift(column=name, method="psi", threshold=thresholds[name]),
            MissingValueCount(column=name),
        )
    ]
    reference = _dataset({name: held.reference for name, held in columns.items()})
    current = _dataset({name: held.current for name, held in columns.items()})
    with _bins_in_order():
        snapshot = Report(wanted).run(current, reference)
    return str(snapshot.get_html_str(as_iframe=False))


def _series(labels: Labels) -> pd.Series:
    return pd.Series(labels, dtype="str")


def _dataset(columns: Mapping[str, Labels]) -> Dataset:
    frame = pd.DataFrame({name: _series(labels) for name, labels in columns.items()})
    return Dataset.from_pandas(frame, data_definition=DataDefinition(categorical_columns=_names(frame)))


def _names(frame: pd.DataFrame) -> Sequence[str]:
    return [str(name) for name in frame.columns]


@contextmanager
def _bins_in_order() -> Iterator[None]:
    """Have plotly draw bins by their label; Evidently would draw the fullest first."""
    templates = plotly.io.templates
    before = templates.default
    templates["bins"] = {"layout": {"xaxis": {"categoryorder": "category ascending"}}}
    templates.default = f"{before}+bins" if before else "bins"
    try:
        yield
    finally:
        templates.default = before
