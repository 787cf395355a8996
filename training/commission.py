"""Who asks for a model, and where its training writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from features.reference.store import Extent
from scoring.bundle import Bundle
from training.choice import Chosen, Studies
from training.errors import StudyError
from training.settings import TrainingSettings

_MAY_CHANGE = frozenset(
    {"trials", "value_trials", "timeout_seconds", "threads"}
    | {"study_storage", "workers", "scheduler", "at_once", "learn_on", "learning_folder"}
)
"""Settings that may change when a study is resumed: they change no trial, or were kept when it began."""


@dataclass(frozen=True)
class Place:
    """Where training writes: bundles, the MLflow store, the evaluation pages."""

    bundles: Path
    mlruns: Path
    reports: Path

    @property
    def studies(self) -> str:
        """The journal of the studies, unless the settings name a storage."""
        return str(self.mlruns / "studies.log")


@dataclass(frozen=True)
class Commission:
    """Who asks for what: labels known before `until`, the study's name, versions, and the present champion.

    With `chosen`, the parameters of an earlier run, there is no study. `fingerprint` is that of the lake,
    `tables` say of each kind of reference table what it was, None where there was none, `now` is the instant
    the bundle is stamped with, `clock` a monotonic one. `other_champion` is the id of a champion that cannot
    be judged beside the model, for it cannot be read any more.
    """

    until: date
    study: str
    resume: bool
    fingerprint: str
    code_version: str
    now: datetime
    clock: Callable[[], float]
    tables: Mapping[str, Extent | None] = field(default_factory=dict)
    champion: Bundle | None = None
    other_champion: str | None = None
    chosen: Chosen | None = None


def studies_of(place: Place, settings: TrainingSettings, commission: Commission) -> Studies:
    """Give where to search for parameters: a new study, or one of the same data that is gone on with."""
    storage = settings.study_storage or place.studies
    matters = settings.model_dump_json(exclude=set(_MAY_CHANGE))
    data = sha256(f"{commission.fingerprint} {commission.until} {matters}".encode()).hexdigest()
    studies = Studies(storage, commission.study, commission.clock, commission.resume, data)
    begun = studies.begun
    if commission.resume and not begun:
        raise StudyError(
            f"there is no study {commission.study!r}", remedy="name one that was begun, or leave out --resume"
        )
    if begun and not commission.resume:
        raise StudyError(
            f"study {commission.study!r} exists already", remedy="give --resume, or another --study name"
        )
    return replace(studies, resume=True)  # whoever shares it may be ahead of us
