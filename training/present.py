"""What is measured of a bundle on the day it is to be promoted, and the grounds that gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from customs.evidence import Comparison, DriftReport, Footprint, Text
from customs.figure import Figure
from training.catalogue import each, measure_name, text
from training.settings import TrainingSettings

_MEGABYTE = 1_000_000
_NAMED = 3  # columns that a ground names of those that drifted

Ground = tuple[bool, Text]
"""Whether it speaks for the bundle, and what it says."""


@dataclass(frozen=True)
class Present:
    """What is measured of a bundle on the day it is to be promoted; None where there is nothing to measure.

    `drift` compares what it learnt from with the newest days; `reference` is False where that cannot be
    done, for what it learnt from is not kept. `shadow` compares it and the champion on the `shadow_days`
    days of decisions since it was judged. `beside` are its figures beside a champion that its evaluation
    does not know, on the items that came after both had learnt; `comparable` is whether that one can score.
    """

    footprint: Footprint | None = None
    drift: DriftReport | None = None
    reference: bool = True
    shadow: Comparison | None = None
    shadow_days: int = 0
    beside: Mapping[str, Figure] | None = None
    comparable: bool = False


def present_grounds(present: Present, settings: TrainingSettings, champion: str | None) -> Iterator[Ground]:
    """Give the grounds of what was measured today: size and time, drift of the inputs, the shadow run."""
    if present.footprint is not None:
        yield _within_budget(present.footprint, settings)
    if settings.gate_drift and not present.reference:
        yield False, text("gate/drift/no_reference")
    if settings.gate_drift and present.drift is not None:
        yield _steady(present.drift)
    if settings.gate_drift and present.reference and present.drift is None:
        yield True, text("gate/drift/unmeasured")
    if settings.gate_shadow_days and champion:
        yield _shadowed(present, settings)


def _within_budget(footprint: Footprint, settings: TrainingSettings) -> Ground:
    megabytes = footprint.bytes / _MEGABYTE
    passed = (
        megabytes <= settings.gate_bundle_mb
        and footprint.leaves <= settings.gate_leaves
        and footprint.microseconds <= settings.gate_row_microseconds
    )
    return passed, text(
        "gate/budget",
        megabytes=f"{megabytes:.1f}",
        trees=f"{footprint.trees:,}",
        leaves=f"{footprint.leaves:,}",
        microseconds=f"{footprint.microseconds:,.0f}",
        most_megabytes=f"{settings.gate_bundle_mb:g}",
        most_leaves=f"{settings.gate_leaves:,}",
        most_microseconds=f"{settings.gate_row_microseconds:,.0f}",
    )


def _steady(drift: DriftReport) -> Ground:
    """Name the columns that moved furthest, each with how far and how far it may."""
    moved = sorted((one for one in drift.columns if one.alert), key=lambda one: -one.score)[:_NAMED]
    columns = ", ".join(
        f"{one.column} ({one.measure} {one.score:.2f} > {one.threshold:.2f})" for one in moved
    )
    return not drift.alert, text("gate/drift" if drift.alert else "gate/drift/none", columns=columns)


def _shadowed(present: Present, settings: TrainingSettings) -> Ground:
    """Judge the days beside the champion: enough of them, and nowhere surely worse."""
    days = str(present.shadow_days)
    if present.shadow is None or present.shadow_days < settings.gate_shadow_days:
        return False, text("gate/shadow/short", days=days, asked=str(settings.gate_shadow_days))
    worse = [one.measure for one in present.shadow.differences if one.better == "other"]
    measures = each(lambda language: ", ".join(measure_name(one, language) for one in worse))
    key = "gate/shadow/worse" if worse else "gate/shadow/passed"
    return not worse, text(key, days=days, items=f"{present.shadow.items:,}", measures=measures)
