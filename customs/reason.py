"""Why a score is high or low: a code with its parameters, put in words only at the edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One reason: a code of the catalogue, the figures behind it, and its part of the score in log-odds.

    The codes and their words (Spanish, English) are versioned together: `catalogue` names the version, so
    that a record can be read years later in the words of its day.
    """

    code: str
    contribution: float
    parameters: Mapping[str, float | int | str | None]
    catalogue: str
