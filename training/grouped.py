"""Figures of the model group by group, and what one group bears beside all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customs.evidence import Disparity, GroupFigures, Grouping
from customs.figure import Figure
from estimation.ranking import taken
from estimation.sums import Sums, resampled_sums
from training.burden import bin_of, borne_by, found_of, gaps_of, selected
from training.groups import SENSITIVE, VALUED, Labels, pooled, rows_by_group
from training.settings import TrainingSettings

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

PREDICTED, MONTH, FINDING = "predicted", "month", "finding"

_BINS = 10
"""Parts of equal counts by predicted risk."""


@dataclass(frozen=True)
class Judged:
    """Inspected later items: what was found, what the model said, the groups they are in."""

    label: Floats
    risk: Floats
    clusters: NDArray[Any]
    groups: Mapping[str, Labels]


@dataclass(frozen=True)
class Everyone:
    """All later items, inspected or not: what the model said of them, and the groups they are in."""

    risk: Floats
    clusters: NDArray[Any]
    groups: Mapping[str, Labels]


@dataclass(frozen=True)
class Valued:
    """Items whose value was not found false: whether the interval holds it, its width, their groups."""

    within: Floats
    width: Floats
    clusters: NDArray[Any]
    groups: Mapping[str, Labels]


def groupings(
    judged: Judged, everyone: Everyone, valued: Valued | None, settings: TrainingSettings,
    rng: np.random.Generator,
) -> tuple[tuple[Grouping, ...], tuple[Disparity, ...]]:  # fmt: skip
    """Give the model's figures by predicted risk, month, kind of finding, value group and sensitive group.

    Selections are of everyone, what they find is known of the inspected alone. Groups too small to say
    anything are taken together.
    """
    draw = partial(resampled_sums, rng=rng, replicates=settings.replicates, level=settings.interval_level)
    tell = _Teller(settings, draw)
    made = [tell.reliability(judged), tell.months(judged), tell.findings(judged)]
    if valued is not None:
        made += [tell.values(valued, attribute) for attribute in VALUED]
    borne: list[Disparity] = []
    for attribute in SENSITIVE:
        grouping, disparities = tell.sensitive(judged, everyone, attribute)
        made.append(grouping)
        borne += disparities
    return tuple(one for one in made if len(one.groups) > 1 or one.attribute == FINDING), tuple(borne)


class _Teller:
    """Tells the figures of groupings, each from one resampling."""

    def __init__(self, settings: TrainingSettings, draw: Any) -> None:
        self.settings = settings
        self.draw = draw
        self.capacity = settings.capacity / 100

    def reliability(self, judged: Judged) -> Grouping:
        """Observed and predicted rates by tenths of the predicted one."""
        tenth = bin_of(judged.risk, _BINS)
        labels = np.array([f"{number + 1:02d}" for number in range(_BINS)], object)[tenth]
        return self._rates(judged, PREDICTED, labels, {"predicted": judged.risk, "observed": judged.label})

    def months(self, judged: Judged) -> Grouping:
        """What is found and missed at capacity, month by month."""
        return self._hits(judged, MONTH, pooled(judged.groups[MONTH], self.settings.least_group))

    def findings(self, judged: Judged) -> Grouping:
        """The share of each kind of finding that a share of the items holds."""
        labels = judged.groups[FINDING]
        columns = {
            f"recall_at_{percent:g}": taken(judged.risk, percent / 100)
            for percent in self.settings.reported_percents
        }
        return self._rates(judged, FINDING, labels, columns)

    def values(self, valued: Valued, attribute: str) -> Grouping:
        """Coverage and width of the value interval."""
        labels = pooled(valued.groups[attribute], self.settings.least_group)
        return self._rates(
            valued, attribute, labels, {"interval_coverage": valued.within, "interval_width": valued.width}
        )

    def sensitive(
        self, judged: Judged, everyone: Everyone, attribute: str
    ) -> tuple[Grouping, list[Disparity]]:
        """What part of a group is selected, what that finds, and each beside all other groups."""
        known = rows_by_group(pooled(everyone.groups[attribute], self.settings.least_group))
        labels = judged.groups[attribute]
        inspected = np.array([one if one in known else "rest" for one in labels], object)
        groups, borne = [], []
        chosen = self._sums(everyone.clusters, selected(everyone.risk, known, self.capacity))
        rows = {name: inspected == name for name in known}
        found = self._sums(judged.clusters, found_of(judged.label, judged.risk, rows, self.capacity))
        for name in known if len(known) > 1 else ():
            figures = {
                "selection_rate": chosen.rate(f"{name} chosen", f"{name} all"),
                "illicit_rate": found.rate(f"{name} illicit", f"{name} all"),
                "hit_rate": found.rate(f"{name} hits", f"{name} chosen"),
                "predicted": found.rate(f"{name} risk", f"{name} all"),
                "calibration_error": found.distance(gaps_of(name), f"{name} all"),
            }
            illicit = int(judged.label[rows[name]].sum())
            groups.append(GroupFigures(name, int(rows[name].sum()), illicit, figures))
            borne += list(borne_by(attribute, name, chosen, found))
        return Grouping(attribute, tuple(groups)), borne

    def _hits(self, judged: Judged, attribute: str, labels: Labels) -> Grouping:
        rows = rows_by_group(labels)
        sums = self._sums(judged.clusters, found_of(judged.label, judged.risk, rows, self.capacity))
        at = f"at_{self.settings.capacity:g}"
        return Grouping(
            attribute,
            tuple(
                _group(
                    judged, name, rows[name],
                    {
                        "illicit_rate": sums.rate(f"{name} illicit", f"{name} all"),
                        f"precision_{at}": sums.rate(f"{name} hits", f"{name} chosen"),
                        f"recall_{at}": sums.rate(f"{name} hits", f"{name} illicit"),
                        "predicted": sums.rate(f"{name} risk", f"{name} all"),
                        "calibration_error": sums.distance(gaps_of(name), f"{name} all"),
                    },
                )
                for name in rows
            ),
        )  # fmt: skip

    def _rates(
        self, of: Judged | Valued, attribute: str, labels: Labels, columns: Mapping[str, Floats]
    ) -> Grouping:
        """The mean of each column in each group."""
        rows = rows_by_group(labels)
        parts = {f"{name} all": one.astype(np.float64) for name, one in rows.items()}
        parts |= {
            f"{name} {measure}": np.where(one, values, 0.0)
            for name, one in rows.items()
            for measure, values in columns.items()
        }
        if not rows:
            return Grouping(attribute, ())
        sums = self._sums(of.clusters, parts)
        return Grouping(
            attribute,
            tuple(
                _group(
                    of, name, one,
                    {measure: sums.rate(f"{name} {measure}", f"{name} all") for measure in columns},
                )
                for name, one in rows.items()
            ),
        )  # fmt: skip

    def _sums(self, clusters: NDArray[Any], columns: Mapping[str, Floats]) -> Sums:
        sums: Sums = self.draw(columns, clusters)
        return sums


def _group(of: Judged | Valued, name: str, rows: Bools, figures: Mapping[str, Figure]) -> GroupFigures:
    illicit = int(of.label[rows].sum()) if isinstance(of, Judged) else None
    return GroupFigures(name, int(rows.sum()), illicit, figures)
