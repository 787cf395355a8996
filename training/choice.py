"""How parameters are chosen: by studies, or as they were chosen before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from features.recipe import Recipe
from training import risk_model, value_model
from training.settings import TrainingSettings
from training.study import known_studies
from training.trial import Plan, Progress, Search

_ROUNDS_WITHOUT_STUDY = 60.0
_STUDIES = ("value", "risk")


@dataclass(frozen=True)
class Studies:
    """Where and how studies run: storage, name, whether to resume, and the clock of the timeout."""

    storage: str
    name: str
    clock: Callable[[], float]
    resume: bool = False
    fingerprint: str = ""

    @property
    def begun(self) -> bool:
        """Whether one of the studies that a training is split into stands in the storage."""
        return not known_studies(self.storage).isdisjoint(self.part(what) for what in _STUDIES)

    def part(self, what: str) -> str:
        """Give the name of the study of the value or of the risk model."""
        return f"{self.name}-{what}"


@dataclass(frozen=True)
class Chosen:
    """Parameters and numbers of trees that were chosen: of the risk model and of the value models."""

    risk: Mapping[str, float]
    risk_rounds: float
    value: Mapping[str, float]
    value_rounds: Mapping[str, float]


def study_plan(how: Studies, what: str, settings: TrainingSettings, progress: Progress) -> Plan:
    """Give the plan of one of a training's studies, as the risk model has it; `what` ends its name."""
    return Plan(
        name=how.part(what),
        space=risk_model.SPACE,
        first=risk_model.FIRST,
        trials=settings.trials,
        seed=settings.seed,
        storage=how.storage,
        clock=how.clock,
        timeout=settings.timeout_seconds,
        resume=how.resume,
        pruner=settings.pruner,
        steps=settings.rounds * settings.forward_windows,
        fingerprint=how.fingerprint,
        family=f"{what} {Recipe({}, {}).version}",
        warm_starts=settings.warm_starts,
        finalists=settings.finalists,
        further_seeds=settings.further_seeds if what == "risk" else 0,
        workers=settings.workers,
        scheduler=settings.scheduler,
        at_once=settings.at_once,
        progress=progress,
    )


def chosen_by(risk: Search | None, value: Search | None, how: Studies | Chosen) -> Chosen:
    """Give what the studies found best, or what was chosen before; where nothing was searched, the first."""
    if isinstance(how, Chosen):
        return how
    return Chosen(
        risk=risk.best.parameters if risk else risk_model.FIRST,
        risk_rounds=risk.best.notes["rounds"] if risk else _ROUNDS_WITHOUT_STUDY,
        value=value.best.parameters if value else value_model.FIRST,
        value_rounds=value.best.notes if value else {},
    )
