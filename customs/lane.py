"""Lanes of clearance, from least to most intrusive."""

from __future__ import annotations

from enum import StrEnum


class Lane(StrEnum):
    """Green releases, orange checks the documents, red inspects the goods (and the documents).

    >>> max([Lane.GREEN, Lane.RED, Lane.ORANGE], key=lambda lane: lane.severity)
    <Lane.RED: 'red'>
    """

    GREEN = "green"
    ORANGE = "orange"
    RED = "red"

    @property
    def severity(self) -> int:
        """0 for green, 1 for orange, 2 for red."""
        return list(Lane).index(self)
