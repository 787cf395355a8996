"""Pictures of an evaluation, drawn without a display: the only module that draws.

Their words stand in both languages, so that one picture serves every page.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import shap

from customs.evidence import Comparison
from estimation.calibration import reliability
from estimation.ranking import precision_at, revenue_at
from training.catalogue import each, measure_name, method_name, sentence
from training.part import Intervals, Part

Floats = NDArray[np.float64]

_SHARES = np.concatenate([np.arange(0.005, 0.1, 0.005), np.arange(0.1, 0.51, 0.025)])
_COLOURS = {
    "model": "#0b5fa5",
    "champion": "#7a4fa3",
    "rules": "#c76b00",
    "random": "#777777",
    "lookup": "#a11d33",
    "oracle": "#2a7d3f",
    "one": "#0b5fa5",
    "other": "#c76b00",
}
_COVERAGE_BINS = 10
_WIDE = 35  # letters
_SIZE = (5.2, 4.0)
"""Inches: so small that letters can still be read where a page is 400 pixels wide."""
_LEGEND = 36  # letters


@dataclass(frozen=True)
class Contributions:
    """Contributions of each column to each row's log-odds, the last column being the expected value."""

    values: Floats
    matrix: Floats
    names: Sequence[str]


def difference_bars(comparison: Comparison) -> bytes:
    """Give each difference with its interval: one less other, in units of the measure."""
    canvas, axes = _axes(
        _both("axis/less", one=comparison.one, other=comparison.other).replace(" · ", "\n"), ""
    )
    shown = [one for one in comparison.differences if np.isfinite(one.difference.low)][::-1]
    names = [_lines(partial(measure_name, one.measure)) for one in shown]
    heights = np.array([name.count("\n") + 2 for name in names])
    places = np.cumsum(heights) - heights / 2
    for place, one in zip(places, shown, strict=True):
        found = one.difference
        colour = "#777777" if one.better is None else _COLOURS[one.better]
        axes.plot([found.low, found.high], [place, place], color=colour)
        axes.plot([found.value], [place], "o", color=colour)
    axes.axvline(0.0, linestyle=":", color="#777777")
    axes.set_yticks(places, names)
    axes.set_ylim(0, heights.sum())
    axes.locator_params("x", nbins=4)
    canvas.set_size_inches(3.2, 1.5 + 0.2 * heights.sum())
    return _png(canvas)


def precision_curve(part: Part, names: Mapping[str, str] | None = None) -> bytes:
    """Give the hit rate of each method against the share inspected."""
    canvas, axes = _axes(_both("axis/share"), _both("axis/hit_rate"))
    for method, ranking in part.rankings.items():
        values = [precision_at(ranking.score, part.label, float(share)) for share in _SHARES]
        name = partial(_name, method, names or {})
        axes.plot(_SHARES, values, label=_joined(name), color=_COLOURS.get(method))
    axes.set_ylim(0, 1)
    return _finished(canvas, axes)


def revenue_curve(part: Part, names: Mapping[str, str] | None = None) -> bytes:
    """Give the share of all revenue found against the share inspected; the model also ranked by its yield."""
    canvas, axes = _axes(_both("axis/share"), _both("axis/revenue"))
    gained = np.maximum(np.nan_to_num(part.revenue), 0.0)
    for method, ranking in part.rankings.items():
        values = [revenue_at(ranking.score, gained, float(share)) for share in _SHARES]
        name = partial(_name, method, names or {})
        axes.plot(_SHARES, values, label=_joined(name), color=_COLOURS.get(method))
        if ranking.expected_revenue is not None:
            values = [revenue_at(ranking.expected_revenue, gained, float(share)) for share in _SHARES]
            label = _joined(partial(_by_yield, method, names or {}))
            axes.plot(_SHARES, values, "--", label=label, color=_COLOURS.get(method))
    axes.set_ylim(0, 1)
    return _finished(canvas, axes)


def reliability_curve(probability: Floats, label: Floats) -> bytes:
    """Give the observed rate, with its interval, against the predicted probability, in ten equal bins."""
    canvas, axes = _axes(_both("axis/predicted"), _both("axis/observed"))
    bins = reliability(probability, label)
    predicted = np.array([one.predicted for one in bins])
    observed = np.array([one.observed.value for one in bins])
    bars = np.abs([[o.observed.value - o.observed.low, o.observed.high - o.observed.value] for o in bins]).T
    top = max(0.05, 1.05 * float(max(predicted.max(), (observed + bars[1]).max())))
    axes.plot([0, top], [0, top], ":", color="#777777", label=_both("axis/perfect"))
    axes.errorbar(
        predicted,
        observed,
        yerr=bars,
        fmt="o-",
        color=_COLOURS["model"],
        capsize=3,
        label=_joined(partial(method_name, "model")),
    )
    return _finished(canvas, axes)


def coverage_by_size(intervals: Intervals) -> bytes:
    """Give the share of declared values inside their interval, by tenth of the interval's width."""
    canvas, axes = _axes(_both("axis/width"), _both("axis/coverage"))
    usable = (intervals.low > 0) & np.isfinite(intervals.high) & (intervals.cif > 0)
    low, high, cif = (one[usable] for one in (intervals.low, intervals.high, intervals.cif))
    wide = np.log(high / low)
    groups = np.array_split(np.argsort(wide, kind="stable"), min(_COVERAGE_BINS, max(len(wide) // 20, 1)))
    inside = (low <= cif) & (cif <= high)
    middles, rates = [wide[g].mean() for g in groups], [inside[g].mean() for g in groups]
    axes.plot(middles, rates, "o-", color=_COLOURS["model"], label=_joined(partial(method_name, "model")))
    axes.axhline(
        float(inside.mean()),
        linestyle="--",
        color="#777777",
        label=_both("axis/all", rate=f"{inside.mean():.1%}"),
    )
    axes.set_ylim(min(0.5, *rates), 1.01)
    return _finished(canvas, axes)


def explanations(contributions: Contributions, *, dependence: int = 4) -> dict[str, bytes]:
    """Give shap's beeswarm and the dependence plots of the columns that weigh most."""
    explained = shap.Explanation(
        values=contributions.values[:, :-1],
        base_values=contributions.values[:, -1],
        data=contributions.matrix,
        feature_names=list(contributions.names),
    )
    order = np.argsort(-np.abs(contributions.values[:, :-1]).mean(axis=0))[:dependence]
    pictures = {"beeswarm": _shap_picture(explained, None)}
    for rank, column in enumerate(order, start=1):
        pictures[f"dependence_{rank}"] = _shap_picture(explained, int(column))
    return pictures


def _shap_picture(explained: shap.Explanation, column: int | None) -> bytes:
    canvas = plt.figure(figsize=(8, 5.5))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if column is None:
                shap.plots.beeswarm(explained, max_display=15, show=False, plot_size=None)
            else:
                shap.plots.scatter(explained[:, column], show=False, ax=canvas.gca(), alpha=0.5)
            return _png(canvas)
    finally:
        plt.close(canvas)


def _name(method: str, names: Mapping[str, str], language: str) -> str:
    return names.get(method) or method_name(method, language)


def _by_yield(method: str, names: Mapping[str, str], language: str) -> str:
    return sentence("axis/by_yield", language, method=_name(method, names, language))


def _both(key: str, **parts: str) -> str:
    return _joined(lambda language: sentence(key, language, **parts))


def _joined(make: Callable[[str], str]) -> str:
    """Give the words of every language on one line, once where they are the same."""
    return " · ".join(dict.fromkeys(each(make).values()))


def _lines(make: Callable[[str], str]) -> str:
    """Give the words of every language on lines of their own, none of them long."""
    return "\n".join(textwrap.fill(words, _WIDE) for words in dict.fromkeys(each(make).values()))


def _axes(across: str, up: str) -> tuple[Canvas, Axes]:
    canvas = Canvas(figsize=_SIZE)
    axes = canvas.subplots()
    axes.set(xlabel=across, ylabel=up)
    axes.grid(alpha=0.3)
    return canvas, axes


def _finished(canvas: Canvas, axes: Axes) -> bytes:
    """Give the picture with its legend below, a language a line where both are long."""
    lines, told = axes.get_legend_handles_labels()
    told = [words.replace(" · ", "\n") if len(words) > _LEGEND else words for words in told]
    axes.legend(lines, told, frameon=False, loc="upper left", bbox_to_anchor=(0.0, -0.15))
    return _png(canvas)


def _png(canvas: Canvas) -> bytes:
    buffer = io.BytesIO()
    canvas.savefig(buffer, format="png", dpi=150, bbox_inches="tight", metadata={"Software": ""})
    return buffer.getvalue()
