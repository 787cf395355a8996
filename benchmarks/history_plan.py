"""What a hundred million items cost: planned from one and ten millions, and the plan checked at thirty.

Seconds and the peak of memory are taken as a start and a price an item. The lakes are those of `history`;
thirty millions take a quarter of an hour to copy, and 5 GB.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from benchmarks.copied_lake import copied_lake, lakes_folder
from benchmarks.history import BACKFILL, figures
from benchmarks.measured import Measured, measured
from features.lake import Lake

_HUNDRED_MILLION = 100_000_000


def run(few: int = 10, checked: int = 30) -> dict[str, object]:
    """Give the prices, the plan for `checked` millions beside what they took, and that for a hundred."""
    with lakes_folder() as folder:
        small, large = (_cost(copied_lake(folder, copies)) for copies in (1, few))
        plan = _Plan(small, large)
        true = _cost(copied_lake(folder, checked))
    planned = plan.of(true.items)
    return {
        "1 million": small.figures,
        f"{few} millions": large.figures,
        f"{checked} millions, planned": planned,
        f"{checked} millions, measured": true.figures,
        "measured over planned": {
            name: round(true.figures[name] / planned[name], 3) for name in planned if name in true.figures
        },
        "100 millions, planned": plan.of(_HUNDRED_MILLION),
    }


class _Cost:
    """What the history of a lake took: its items, the figures, and the bytes that were written."""

    def __init__(self, items: int, done: Measured, written: int) -> None:
        self.items = items
        self.figures = figures(done) | {"MiB written": round(written / 2**20)}


class _Plan:
    """A line through two costs, figure by figure."""

    def __init__(self, small: _Cost, large: _Cost) -> None:
        self._small, self._large = small, large

    def of(self, items: int) -> dict[str, float]:
        """Give the figures of so many items."""
        small, large = self._small, self._large
        part = (items - small.items) / (large.items - small.items)
        return {
            name: round(value + part * (large.figures[name] - value), 1)
            for name, value in small.figures.items()
        }


def _cost(lake: Lake) -> _Cost:
    items = int(lake.items().select(pl.len()).collect().item())
    with TemporaryDirectory(prefix="tamiz-history-") as name:
        values = Path(name) / "values"
        done = measured(["-c", BACKFILL, lake.root, values])
        written = sum(path.stat().st_size for path in values.rglob("*.parquet"))
    return _Cost(items, done, written)
