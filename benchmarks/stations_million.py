"""How long each station takes and how much memory it holds at a million items; see `stations`."""

from __future__ import annotations

from benchmarks import stations


def run(items: int = 1_000_000) -> dict[str, object]:
    """Give the same figures as `stations`."""
    return stations.run(items)
