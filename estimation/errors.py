"""What estimation refuses to put a figure on."""

from __future__ import annotations

from customs.errors import TamizError


class EstimationError(TamizError):
    """The data cannot carry the figure that was asked for."""
