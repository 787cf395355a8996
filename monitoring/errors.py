"""Errors of monitoring, each with its remedy."""

from __future__ import annotations

from customs.errors import InputError, RefusedError, TamizError


class ChunkError(InputError):
    """A period that cannot be compared: too few items, or other columns than the reference."""


class ReferenceMissingError(InputError):
    """No reference is kept for this bundle."""


class ReferenceRefusedError(RefusedError):
    """A reference that was kept for another bundle, or is damaged."""


class ReportNotWrittenError(TamizError):
    """The disk took no report; an older one is untouched."""
