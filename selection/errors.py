"""What can be wrong with what a selection is made from."""

from __future__ import annotations

from customs.errors import InputError, TamizError


class RuleError(InputError):
    """A rule cannot be used as it is written."""


class QuotaUnavailable(TamizError):  # noqa: N818 - the state of a service, not a mistake
    """The count of the day's inspections can be neither read nor written now."""
