"""Errors of reference tables, each with its remedy."""

from __future__ import annotations

from customs.errors import InputError


class UnknownKindError(InputError):
    """A kind of reference table that there is not."""


class ProvenanceError(InputError):
    """A table that does not say where it comes from, or says it in a way that cannot be read."""


class DamagedTableError(InputError):
    """A table whose files are not what was written: nothing of it is believed."""
