"""What scoring refuses, each with its remedy."""

from __future__ import annotations

from customs.errors import TamizError


class ScoringError(TamizError):
    """A model, its files or its keys are not what they should be."""


class BoosterError(ScoringError):
    """LightGBM cannot read the text of a model, or cannot predict by it."""


class ColumnError(ScoringError):
    """A matrix does not have the columns the model was trained on."""


class ContributionError(ScoringError):
    """Contributions do not add up to the score they are to explain."""


class ForestError(ScoringError):
    """The trees of a model cannot be explained here: LightGBM's own contributions can be taken."""


class WordsError(ScoringError):
    """A reason cannot be put in words: unknown code, language or version of the catalogue."""


class KeyRefusedError(ScoringError):
    """A key is unknown, revoked, of another role, or not kept private.

    `why` is `unregistered`, `revoked`, `trained` or `role` where a registered key was asked for.
    """

    def __init__(self, message: str, *, remedy: str, why: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.why = why


class BundleRefusedError(ScoringError):
    """A bundle is not loaded; `file` names the file at fault, or is empty if it is the folder."""

    def __init__(self, message: str, *, remedy: str, file: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.file = file


class OtherRecipeBundleError(BundleRefusedError):
    """A bundle that is whole and signed, but made by the recipe of other feature functions than these."""
