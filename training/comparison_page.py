"""A comparison of two models as JSON and as one page that needs nothing else."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from customs.evidence import Comparison
from training.catalogue import measure_name, sentence
from training.comparison import words_of
from training.page import Cell, FigureTable, Pictures, cell, rendered, shown
from training.report import plain


def comparison_to_json(comparison: Comparison) -> dict[str, Any]:
    """Give the comparison as plain JSON, with what it says in words and which is better by each measure."""
    held: dict[str, Any] = plain(asdict(comparison))
    for one, told in zip(comparison.differences, held["differences"], strict=True):
        told["better"] = comparison.better(one)
    return held | {"words": list(words_of(comparison))}


def comparison_to_html(comparison: Comparison, pictures: Pictures, language: str) -> str:
    """Give the page: what it says first, then pictures and the table of differences."""
    levels = (one.difference.level for one in comparison.differences)
    return rendered(
        "comparison.html.j2",
        language,
        title=sentence("compare/title", language, one=comparison.one, other=comparison.other),
        words=[one[language] for one in words_of(comparison)],
        level=f"{100 * next(levels, 0.95):g} %",
        pictures=shown(pictures, language, one=comparison.one, other=comparison.other),
        table=_table(comparison, language),
    )


def _table(comparison: Comparison, language: str) -> FigureTable:
    measure, difference, better, neither = (
        sentence(key, language)
        for key in ("page/measure", "compare/difference", "compare/better_one", "compare/not_apart")
    )
    return FigureTable(
        sentence("compare/differences", language),
        [measure, comparison.one, comparison.other, difference, better],
        [
            (
                measure_name(one.measure, language),
                [
                    *(cell(figure, language) for figure in (one.one, one.other, one.difference)),
                    Cell(comparison.better(one) or neither),
                ],
            )
            for one in comparison.differences
        ],
    )
