"""Errors of the roof."""

from __future__ import annotations

from customs.errors import InputError, TamizError


class SettingsError(InputError):
    """A settings file holds what cannot be used."""


class WorkspaceError(TamizError):
    """The workspace cannot be used as it stands."""


class KeyFileError(InputError):
    """A key is absent, of another role, or already there."""
