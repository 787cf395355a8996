"""Searching for good parameters with Optuna: seeded, pruned, and resumable after a `kill -9`."""

from __future__ import annotations

import fcntl
import os
import socket
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.storages import BaseStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock, JournalStorage
from optuna.trial import FrozenTrial, TrialState

from training.errors import StudyError

Progress = Callable[[str, int, int], None]
_NOTES, _FINGERPRINT, _OWNER = "notes", "fingerprint", "owner"
_FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


def silent(_label: str, _done: int, _total: int) -> None:
    """Show no progress."""


class Pruned(Exception):  # noqa: N818 -- a signal from the pruner through the objective, not an error
    """The trial being judged is poor and is cut short."""


@dataclass(frozen=True)
class Dimension:
    """The range of one parameter."""

    low: float
    high: float
    log: bool = False
    integer: bool = False


@dataclass(frozen=True)
class Attempt:
    """A trial about to be judged; `report(step, value)` raises Pruned when it is not worth going on."""

    number: int
    parameters: Mapping[str, float]
    report: Callable[[int, float], None]


@dataclass(frozen=True)
class Trial:
    """A finished trial: `value` is what was judged (the last report of a pruned one), `steps` its reports."""

    number: int
    parameters: Mapping[str, float]
    value: float
    pruned: bool
    steps: Mapping[int, float]
    notes: Mapping[str, float]


@dataclass(frozen=True)
class Search:
    """What a study found: the best trial, all finished ones, and whether it was interrupted."""

    name: str
    best: Trial
    trials: tuple[Trial, ...]
    interrupted: bool


@dataclass(frozen=True)
class Plan:
    """What to search and how long: `trials` finished ones, none started `timeout` seconds after the start.

    `storage` is a storage URL or the path of a journal file. `fingerprint` names the data and settings: a
    study is resumed only on the same.
    """

    name: str
    space: Mapping[str, Dimension]
    first: Mapping[str, float]
    trials: int
    seed: int
    storage: str
    clock: Callable[[], float]
    timeout: float | None = None
    resume: bool = False
    pruner: str = "median"
    steps: int = 100  # reports a trial may make at most, in the unit of its steps
    fingerprint: str = ""
    progress: Progress = field(default=silent)


Objective = Callable[[Attempt], tuple[float, Mapping[str, float]]]


def search(plan: Plan, objective: Objective) -> Search:
    """Give the trial with the greatest value of `objective`, which returns a value and notes.

    What a trial draws depends on the seed and on the trials finished before it, and on nothing else. So a
    trial whose process died is only marked as failed (behind a storage URL: if it died on this host): the
    next one draws the same again, whatever was written of the first, and a study that was killed and resumed
    tries what an uninterrupted one would have tried. Ctrl-C ends with the best so far. Raises StudyError.

    >>> import tempfile, time
    >>> plan = Plan("square", {"x": Dimension(-2, 2)}, {"x": 1.0}, trials=3, seed=1, clock=time.monotonic,
    ...             storage=tempfile.mkdtemp() + "/studies.log")
    >>> found = search(plan, lambda attempt: (-attempt.parameters["x"] ** 2, {}))
    >>> len(found.trials), found.trials[0].parameters
    (3, {'x': 1.0})
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with _storage(plan.storage) as storage:
        study = _open(plan, storage)
        interrupted = False
        deadline = plan.clock() + (plan.timeout if plan.timeout is not None else float("inf"))
        while (done := len(_finished(study))) < plan.trials and (plan.clock() < deadline or not done):
            plan.progress(f"study {plan.name}", done, plan.trials)
            try:
                _try_one(study, plan, objective)
            except KeyboardInterrupt:
                _fail_dead(study, _alone(plan))
                interrupted = True
                break
        return _result(study, plan, interrupted)


def known_studies(storage: str) -> frozenset[str]:
    """Give the names of the studies that a storage holds."""
    with _storage(storage) as opened:
        return frozenset(optuna.get_all_study_names(opened))


def _try_one(study: optuna.Study, plan: Plan, objective: Objective) -> None:
    study.sampler = _sampler(plan, len(_finished(study)) + len(_under_way(study)))
    trial = study.ask(_distributions(plan.space))
    if not _alone(plan):
        trial.set_user_attr(_OWNER, _owner())
    attempt = Attempt(trial.number, dict(trial.params), lambda step, value: _report(trial, step, value))
    try:
        value, notes = objective(attempt)
    except Pruned:
        study.tell(trial, state=TrialState.PRUNED)
        return
    trial.set_user_attr(_NOTES, dict(notes))
    study.tell(trial, value)


def _report(trial: optuna.Trial, step: int, value: float) -> None:
    trial.report(value, step)
    if trial.should_prune():
        raise Pruned


def _open(plan: Plan, storage: BaseStorage) -> optuna.Study:
    known = plan.name in optuna.get_all_study_names(storage)
    if known and not plan.resume:
        raise StudyError(
            f"study {plan.name!r} exists already", remedy="give --resume, or another --study name"
        )
    study = optuna.create_study(
        storage=storage, study_name=plan.name, direction="maximize", load_if_exists=True, pruner=_pruner(plan)
    )
    if _FINGERPRINT not in study.user_attrs:
        study.set_user_attr(_FINGERPRINT, plan.fingerprint)
    if study.user_attrs[_FINGERPRINT] != plan.fingerprint:
        raise StudyError(
            f"study {plan.name!r} was made from other data or settings", remedy="give another --study name"
        )
    _fail_dead(study, _alone(plan))
    return study


def _fail_dead(study: optuna.Study, alone: bool) -> None:
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if alone or _is_dead(trial.user_attrs.get(_OWNER)):
            study.tell(trial.number, state=TrialState.FAIL)


def _alone(plan: Plan) -> bool:
    """A journal file is locked for the whole search; behind a URL others may be at work."""
    return "://" not in plan.storage


def _owner() -> str:
    return f"{socket.gethostname()} {os.getpid()}"


def _is_dead(owner: str | None) -> bool:
    """A trial without an owner may be about to get one; if not, it is in nobody's way: it counts nowhere."""
    if owner is None:
        return False
    if owner == _owner():
        return True
    host, _, process = owner.rpartition(" ")
    return host == socket.gethostname() and not Path(f"/proc/{process}").exists()


def _result(study: optuna.Study, plan: Plan, interrupted: bool) -> Search:
    trials = tuple(_trial(trial) for trial in _finished(study))
    complete = [trial for trial in trials if not trial.pruned]
    if not complete:
        raise (
            KeyboardInterrupt
            if interrupted
            else StudyError(f"study {plan.name!r} finished no trial", remedy="give it more trials or time")
        )
    best = max(complete, key=lambda trial: (trial.value, -trial.number))
    plan.progress(f"study {plan.name}", len(trials), plan.trials)
    return Search(plan.name, best, trials, interrupted)


def _finished(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=_FINISHED)


def _under_way(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that others are at: this one is to try something else."""
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    return [trial for trial in running if _OWNER in trial.user_attrs]


def _trial(trial: FrozenTrial) -> Trial:
    steps = dict(sorted(trial.intermediate_values.items()))
    value = trial.value if trial.value is not None else next(reversed(steps.values()), float("nan"))
    pruned = trial.state is TrialState.PRUNED
    return Trial(trial.number, dict(trial.params), value, pruned, steps, trial.user_attrs.get(_NOTES, {}))


def _sampler(plan: Plan, place: int) -> optuna.samplers.BaseSampler:
    """Give what draws the trial at a place in the study: no look at unfinished trials, which may be dead."""
    state = int(np.random.SeedSequence([plan.seed, place]).generate_state(1)[0])
    drawing = optuna.samplers.TPESampler(seed=state, n_startup_trials=6, constant_liar=False)
    if place:
        return drawing
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.PartialFixedSampler(dict(plan.first), drawing)


def _pruner(plan: Plan) -> optuna.pruners.BasePruner:
    if plan.pruner == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=plan.steps // 10)
    return optuna.pruners.NopPruner()


def _distributions(space: Mapping[str, Dimension]) -> dict[str, BaseDistribution]:
    return {
        name: IntDistribution(int(one.low), int(one.high), log=one.log)
        if one.integer
        else FloatDistribution(one.low, one.high, log=one.log)
        for name, one in space.items()
    }


@contextmanager
def _storage(where: str) -> Iterator[BaseStorage]:
    if "://" in where:
        yield RDBStorage(where)
        return
    path = Path(where)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("a+b") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StudyError("another process is searching here", remedy="wait for it, or stop it") from error
        _cut_torn_line(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield JournalStorage(JournalFileBackend(str(path), lock_obj=_HeldLock(str(path))))


def _cut_torn_line(path: Path) -> None:
    """A line that a killed process left half written was never acknowledged: cut it off."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)


class _HeldLock(JournalFileOpenLock):
    """The journal is ours already: the lock beside it is held for the whole search, and falls with us."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        return None
