"""Whether somebody is called, and why, in plain words.

Fifty columns give fifty chances of a false alarm, so one drifted feature is news, not an alert. An alert
takes a crucial column (what the model says), a good share of the columns together, or a break of the feed:
values that go missing, categories outside the vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from customs.evidence import ColumnDrift
from monitoring.settings import MonitoringSettings

Medians = Mapping[str, tuple[float, float]]
"""The median of a column in the reference and in the current period."""


@dataclass(frozen=True)
class Verdict:
    """Whether there is an alert, and the reasons; without one, what was looked at."""

    alert: bool
    words: tuple[str, ...]


def verdict(columns: Sequence[ColumnDrift], medians: Medians, settings: MonitoringSettings) -> Verdict:
    """Judge the columns of a comparison.

    >>> calm = [ColumnDrift("risk", "psi", 0.01, 0.1, False), ColumnDrift("freight", "psi", 0.3, 0.1, True)]
    >>> verdict(calm, {}, MonitoringSettings(drifted_share=0.6)).words[0]
    'no alert: 1 of 2 columns drifted, fewer than 60%, and none of risk'
    """
    reasons = (
        *_crucial(columns, medians, settings),
        *_together(columns, settings),
        *_breaks(columns, "missing", "values of '{}' go missing"),
        *_breaks(columns, "unseen", "'{}' holds values outside the model's vocabulary"),
    )
    return Verdict(bool(reasons), (*(reasons or _calm(columns, settings)), *_most(columns)))


def _crucial(columns: Sequence[ColumnDrift], medians: Medians, settings: MonitoringSettings) -> list[str]:
    words = []
    for held in _drifted(columns):
        if held.column in settings.crucial:
            moved = (
                f"crucial column '{held.column}' drifted: psi {held.score:.2f}, {held.threshold:.2f} allowed"
            )
            if held.column in medians:
                before, now = medians[held.column]
                moved += f"; median {before:.3g}, now {now:.3g}"
            words.append(moved)
    return words


def _together(columns: Sequence[ColumnDrift], settings: MonitoringSettings) -> list[str]:
    drifted, all_ = len(_drifted(columns)), len(_measured(columns, "psi"))
    if not all_ or drifted / all_ < settings.drifted_share:
        return []
    return [f"{drifted} of {all_} columns drifted; {settings.drifted_share:.0%} together are an alert"]


def _breaks(columns: Sequence[ColumnDrift], measure: str, words: str) -> list[str]:
    return [
        f"{words.format(held.column)}: {held.score:.1%} more than before, {held.threshold:.1%} allowed"
        for held in _measured(columns, measure)
        if held.alert
    ]


def _calm(columns: Sequence[ColumnDrift], settings: MonitoringSettings) -> list[str]:
    looked = {held.column for held in _measured(columns, "psi")}
    crucial = ", ".join(name for name in settings.crucial if name in looked)
    counted = (
        f"{len(_drifted(columns))} of {len(looked)} columns drifted, fewer than {settings.drifted_share:.0%}"
    )
    return [f"no alert: {counted}" + (f", and none of {crucial}" if crucial else "")]


def _most(columns: Sequence[ColumnDrift]) -> list[str]:
    """Name what moved most: news even where nobody is called."""
    moved = sorted(_drifted(columns), key=lambda held: -held.score)[:5]
    names = ", ".join(f"{held.column} (psi {held.score:.2f})" for held in moved)
    return [f"moved most: {names}"] if moved else []


def _drifted(columns: Sequence[ColumnDrift]) -> list[ColumnDrift]:
    return [held for held in _measured(columns, "psi") if held.alert]


def _measured(columns: Sequence[ColumnDrift], measure: str) -> list[ColumnDrift]:
    return [held for held in columns if held.measure == measure]
