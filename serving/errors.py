"""What can go wrong around the service; what callers over HTTP are told is in `problem`."""

from __future__ import annotations

from customs.errors import InputError, TamizError


class ServingError(TamizError):
    """The service could not do its work."""


class ServingInputError(InputError):
    """The service was asked for, or set up, in a way that cannot work."""
