"""A comparison of two models as JSON and as one page that needs nothing else."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from customs.evidence import Comparison
from training.comparison import words_of
from training.report import plain
from training.report_page import Cell, FigureTable, Pictures, cell, rendered, shown
from training.words import said


def comparison_to_json(comparison: Comparison) -> dict[str, Any]:
    """Give the comparison as plain JSON, with what it says in words and which is better by each measure."""
    held: dict[str, Any] = plain(asdict(comparison))
    for one, told in zip(comparison.differences, held["differences"], strict=True):
        told["better"] = comparison.better(one)
    return held | {"words": list(words_of(comparison))}


def comparison_to_html(comparison: Comparison, pictures: Pictures) -> str:
    """Give the page: what it says first, then pictures and the table of differences."""
    levels = (one.difference.level for one in comparison.differences)
    return rendered(
        "comparison.html.j2",
        title=f"Models {comparison.one} and {comparison.other}",
        words=words_of(comparison),
        level=f"{100 * next(levels, 0.95):g} %",
        pictures=shown(pictures),
        table=FigureTable(
            f"{comparison.one} and {comparison.other}",
            ["measure", comparison.one, comparison.other, "difference", "better"],
            [
                (
                    said(one.measure),
                    [
                        cell(one.one),
                        cell(one.other),
                        cell(one.difference),
                        Cell(comparison.better(one) or "cannot be told apart"),
                    ],
                )
                for one in comparison.differences
            ],
        ),
    )
