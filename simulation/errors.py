"""Errors of the simulated world."""

from __future__ import annotations

from customs.errors import InputError


class WorldError(InputError):
    """A world that cannot be made, or written, as asked."""
