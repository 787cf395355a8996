"""Errors of intake and of the lake, each with its remedy."""

from __future__ import annotations

from customs.errors import InputError, TamizError


class UnreadableFileError(InputError):
    """A path that holds no file this adapter can read."""


class MissingColumnsError(InputError):
    """A file without the columns that its format requires."""


class LakeBusyError(TamizError):
    """Another process writes to the same lake."""


class WriteFailedError(TamizError):
    """The disk took no more; what was there before is untouched."""


class FeatureError(TamizError):
    """A feature that asks for, or speaks of, what there is not."""


class RecipeError(InputError):
    """A recipe that these feature functions did not make."""


class OtherRecipeError(RecipeError):
    """A recipe that is whole, but of another release's features or of changed ones."""


class ProfileStoreError(InputError):
    """A profile store that is absent, damaged, or written with other names of history."""


class ProfileStoreDamagedError(ProfileStoreError):
    """A profile store that is not as it was written, or gone."""


class SchedulerError(TamizError):
    """No scheduler answers at the address of the settings."""


class ProfileStoreMovedError(ProfileStoreError):
    """A profile store that no longer holds the snapshot it was opened for: open it again."""


class UnknownFormatError(InputError):
    """A format for which there is no adapter."""


class MappingError(InputError):
    """A mapping file that does not say how to read its source."""


class DocumentError(InputError):
    """A document that is not read; `name` says in one word why."""

    def __init__(self, name: str, message: str, *, remedy: str) -> None:
        super().__init__(message, remedy=remedy)
        self.name = name


class UnknownNameError(InputError):
    """A name that no field, history value, feature or group has."""
