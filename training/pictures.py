"""Which pictures an evaluation and a comparison have, by name."""

from __future__ import annotations

import numpy as np

from customs.evidence import Comparison
from training.figures import (
    Contributions,
    coverage_by_size,
    difference_bars,
    explanations,
    precision_curve,
    reliability_curve,
    revenue_curve,
)
from training.part import Part


def draw(part: Part, contributions: Contributions | None) -> dict[str, bytes]:
    """Give the PNG pictures of a part by name, drawn from at most 2,000 explained rows."""
    pictures = {"precision": precision_curve(part)}
    if np.nansum(np.maximum(part.revenue, 0.0)) > 0:
        pictures["revenue"] = revenue_curve(part)
    probability = part.rankings["model"].probability if "model" in part.rankings else None
    if probability is not None:
        pictures["reliability"] = reliability_curve(probability, part.label)
    if part.intervals is not None and len(part.intervals.cif):
        pictures["coverage"] = coverage_by_size(part.intervals)
    if contributions is not None and len(contributions.values):
        pictures |= explanations(contributions)
    return pictures


def draw_comparison(part: Part, comparison: Comparison) -> dict[str, bytes]:
    """Give the PNG pictures of two models on the same items by name."""
    names = {"one": comparison.one, "other": comparison.other}
    drawn = {"differences": difference_bars(comparison), "precision": precision_curve(part, names)}
    if np.nansum(np.maximum(part.revenue, 0.0)) > 0:
        drawn["revenue"] = revenue_curve(part, names)
    for side in names:
        probability = part.rankings[side].probability
        if probability is not None:
            drawn[f"reliability_{side}"] = reliability_curve(probability, part.label)
    return drawn
