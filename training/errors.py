"""What can go wrong while learning and promoting, each with its remedy."""

from __future__ import annotations

from collections.abc import Sequence

from customs.errors import InputError, RefusedError, TamizError
from customs.evidence import Text
from training.catalogue import sentence


class TrainingError(TamizError):
    """Training could not be finished."""


class NotEnoughDataError(InputError):
    """The data given cannot teach a model: too few labelled items, or only one kind of them."""


class PartsError(InputError):
    """The parts of a backtest, or the outcomes given with them, cannot be told apart."""


class StudyError(InputError):
    """A study is in use, exists already, is unknown, or was made from other data."""


class TrackingError(InputError):
    """The MLflow store of the workspace cannot be used."""


class PromotionError(InputError):
    """A promotion or rollback was asked for that makes no sense, such as of an unknown bundle."""


class PromotionRefusedError(RefusedError):
    """The gate refused a promotion; its grounds are recorded.

    It is told in the languages given, a line each.
    """

    def __init__(self, grounds: tuple[Text, ...], languages: Sequence[str] = ("en",)) -> None:
        lines = ["; ".join(ground[language] for ground in grounds) for language in languages]
        remedies = [sentence("promotion/remedy", language) for language in languages]
        super().__init__("\n".join(lines), remedy="\n".join(remedies))
        self.grounds = grounds
