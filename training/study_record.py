"""A study as it is kept: which trials are finished, who is at which, and what is to be tried next."""

from __future__ import annotations

import os
import socket
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from optuna.exceptions import ExperimentalWarning, UpdateFinishedTrialError
from optuna.storages import BaseStorage, RDBStorage, fail_stale_trials
from optuna.trial import FrozenTrial, TrialState, create_trial

from training.drawing import distributions, drawn
from training.errors import StudyError
from training.study_beginning import AT_ONCE, BEST, STARTS, study_of
from training.study_storage import is_shared, turn
from training.trial import Plan, Task, Trial

_NUMBER, _SEED, _OWNER = "number", "seed", "owner"
_NOTES, _INFEASIBLE = "notes", "infeasible"
_ALIVE = (TrialState.RUNNING, TrialState.COMPLETE, TrialState.PRUNED)
_MOST_DEATHS = 3

Key = tuple[int, int]
"""Number and seed of a trial."""


@dataclass(frozen=True)
class Claim:
    """A task that is for us to judge, and the id under which it is kept."""

    id: int
    task: Task

    @property
    def key(self) -> Key:
        return self.task.number, self.task.seed


class StudyRecord:
    """A study in its storage. A trial is claimed in one write, and by one process at a time.

    `held` are the claims of this process, by id.
    """

    def __init__(self, plan: Plan, storage: BaseStorage, places: int) -> None:
        """Open the study of a plan, or begin it; `places` trials are judged here at once."""
        self._plan = plan
        self._storage = storage
        self._deaths: Counter[Key] = Counter()
        self.held: dict[int, Claim] = {}
        with turn(storage, plan.name):
            self._study = study_of(plan, storage, places)
            self._at_once: int = self._study.user_attrs[AT_ONCE]
            self._fail_dead(at_first=True)

    @property
    def starts(self) -> tuple[str, ...]:
        """The earlier studies whose best parameters are tried first."""
        return tuple(name for name, _ in self._study.user_attrs[STARTS])

    @property
    def trials(self) -> tuple[Trial, ...]:
        """The finished trials, by number, without their further judgements."""
        return _first(_finished(self._alive()))

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to try, nor to judge again."""
        finished = _finished(self._alive())
        return self._all_tried(finished) and all(key in finished for key in self._further(finished))

    def claim(self) -> Claim | None:
        """Take the next trial that nobody is at; None where others have to finish theirs before."""
        with turn(self._storage, self._plan.name):
            self._fail_dead()
            alive = self._alive()
            key = self._next(alive)
            return None if key is None else self._claimed(key, _finished(alive))

    def tell(self, claim: Claim, trial: Trial) -> None:
        """Keep what a trial came to, unless it was taken for dead and is somebody else's by now."""
        said = {_NOTES: dict(trial.notes)} | ({_INFEASIBLE: trial.infeasible} if trial.infeasible else {})
        with suppress(UpdateFinishedTrialError):
            for step, value in trial.steps.items():
                self._storage.set_trial_intermediate_value(claim.id, step, value)
            for name, words in said.items():
                self._storage.set_trial_user_attr(claim.id, name, words)
            state = TrialState.COMPLETE if trial.complete else TrialState.PRUNED
            values = [trial.value] if trial.complete or trial.steps else None
            self._storage.set_trial_state_values(claim.id, state, values)
        del self.held[claim.id]

    def give_up(self, claim: Claim, *, died: bool) -> None:
        """Leave a trial for others to try, or for us; raises StudyError where it has died too often."""
        with suppress(UpdateFinishedTrialError):
            self._storage.set_trial_state_values(claim.id, TrialState.FAIL)
        del self.held[claim.id]
        self._deaths[claim.key] += died
        if self._deaths[claim.key] >= _MOST_DEATHS:
            raise StudyError(
                f"{_MOST_DEATHS} workers ended at trial {claim.task.number} of study {self._plan.name!r}",
                remedy="look for what ended it, mostly want of memory: give fewer workers",
            )

    def best(self) -> Trial:
        """Give the best trial on average over all seeds of those judged on all; else that on the first."""
        finished = _finished(self._alive())
        finalists = [
            trial.with_more(more)
            for trial in self._leading(finished)
            if (more := self._judged_again(trial, finished)) is not None
        ]
        return max(finalists or (trial for trial in _first(finished) if trial.complete), key=_merit)

    def end(self, best: Trial) -> None:
        """Keep the best, from which later studies start."""
        self._study.set_user_attr(BEST, dict(best.parameters))

    @property
    def _seeds(self) -> range:
        return range(1, self._plan.further_seeds + 1)

    def _next(self, alive: Mapping[Key, FrozenTrial]) -> Key | None:
        """The first that nobody is at, once those are finished that it draws by; then the leading again."""
        finished = _finished(alive)
        number = next(number for number in count() if (number, 0) not in alive)
        if number < self._plan.trials:
            seen = range(number + 1 - self._at_once)
            return (number, 0) if all((one, 0) in finished for one in seen) else None
        if not self._all_tried(finished):
            return None
        return next((key for key in self._further(finished) if key not in alive), None)

    def _all_tried(self, finished: Mapping[Key, Trial]) -> bool:
        return all((number, 0) in finished for number in range(self._plan.trials))

    def _further(self, finished: Mapping[Key, Trial]) -> list[Key]:
        return [(trial.number, seed) for trial in self._leading(finished) for seed in self._seeds]

    def _leading(self, finished: Mapping[Key, Trial]) -> list[Trial]:
        """The best trials, the best first; a lone one has nobody to be told from."""
        complete = [trial for trial in _first(finished) if trial.complete]
        best = sorted(complete, key=_merit, reverse=True)[: self._plan.finalists]
        return best if len(best) > 1 else []

    def _judged_again(self, trial: Trial, finished: Mapping[Key, Trial]) -> list[Trial] | None:
        """The further judgements of a trial; None where one is missing, or found it infeasible."""
        again = [finished.get((trial.number, seed)) for seed in self._seeds]
        complete = [one for one in again if one and one.complete]
        return complete if len(complete) == len(again) else None

    def _claimed(self, key: Key, finished: Mapping[Key, Trial]) -> Claim:
        number, seed = key
        before = [one for one in _first(finished) if one.number <= number - self._at_once]
        starts = [start for _, start in self._study.user_attrs[STARTS]]
        parameters = finished[number, 0].parameters if seed else drawn(self._plan, starts, before, number)
        template = create_trial(
            state=TrialState.RUNNING,
            params=dict(parameters),
            distributions=distributions(self._plan.space),
            user_attrs={_NUMBER: number, _SEED: seed, _OWNER: _owner()},
        )
        kept = self._storage.create_new_trial(self._study._study_id, template)
        if isinstance(self._storage, RDBStorage):
            self._storage.record_heartbeat(kept)
        self.held[kept] = Claim(kept, self._task(number, seed, parameters, before))
        return self.held[kept]

    def _task(self, number: int, seed: int, parameters: Mapping[str, float], before: Sequence[Trial]) -> Task:
        if seed or self._plan.pruner == "none":
            return Task(number, parameters, seed)
        held = tuple(one.steps for one in before if one.complete)
        return Task(number, parameters, 0, self._plan.steps // 10, held)

    def _alive(self) -> dict[Key, FrozenTrial]:
        """The trials that are finished, or that somebody is at."""
        kept = self._study.get_trials(deepcopy=False, states=_ALIVE)
        return {(one.user_attrs[_NUMBER], one.user_attrs[_SEED]): one for one in kept}

    def _fail_dead(self, *, at_first: bool = False) -> None:
        """Whoever ended without a word is at nothing: on this host at once, elsewhere after a while."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            fail_stale_trials(self._study)
        alone = at_first and not is_shared(self._plan.storage)
        for trial in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            owner = trial.user_attrs[_OWNER]
            if alone or _is_dead(owner) or (at_first and owner == _owner()):
                with suppress(UpdateFinishedTrialError):
                    self._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)


def _finished(alive: Mapping[Key, FrozenTrial]) -> dict[Key, Trial]:
    return {key: _trial(one) for key, one in alive.items() if one.state is not TrialState.RUNNING}


def _first(finished: Mapping[Key, Trial]) -> tuple[Trial, ...]:
    """The trials themselves, by number, without their further judgements."""
    return tuple(finished[key] for key in sorted(finished) if not key[1])


def _trial(kept: FrozenTrial) -> Trial:
    steps = dict(sorted(kept.intermediate_values.items()))
    value = kept.value if kept.value is not None else float("nan")
    said = kept.user_attrs
    infeasible = said.get(_INFEASIBLE, "")
    pruned = kept.state is TrialState.PRUNED and not infeasible
    return Trial(said[_NUMBER], dict(kept.params), value, pruned, steps, said.get(_NOTES, {}), infeasible)


def _merit(trial: Trial) -> tuple[float, int]:
    return trial.value, -trial.number


def _owner() -> str:
    return f"{socket.gethostname()} {os.getpid()}"


def _is_dead(owner: str) -> bool:
    host, _, process = owner.rpartition(" ")
    return host == socket.gethostname() and not Path(f"/proc/{process}").exists()
