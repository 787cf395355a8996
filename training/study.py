"""Searching for good parameters with Optuna: seeded, pruned, and resumable after a `kill -9`."""

from __future__ import annotations

import fcntl
import os
import socket
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.storages import BaseStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock, JournalStorage
from optuna.trial import FrozenTrial, TrialState

from training.errors import StudyError
from training.trial import Attempt, Dimension, Infeasible, Objective, Plan, Pruned, Search, Trial

_NOTES, _FINGERPRINT, _OWNER, _INFEASIBLE = "notes", "fingerprint", "owner", "infeasible"
_FAMILY, _STARTS, _BEST = "family", "starts", "best"
_FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


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
        deadline = plan.clock() + (plan.timeout if plan.timeout is not None else float("inf"))
        interrupted = False
        try:
            _try_all(study, plan, objective, deadline)
            _judge_again(study, plan, objective, deadline)
        except KeyboardInterrupt:
            _fail_dead(study, _alone(plan))
            interrupted = True
        found = _result(study, plan, interrupted)
        if not interrupted:
            study.set_user_attr(_BEST, dict(found.best.parameters))
        return found


def known_studies(storage: str) -> frozenset[str]:
    """Give the names of the studies that a storage holds."""
    with _storage(storage) as opened:
        return frozenset(optuna.get_all_study_names(opened))


def _try_all(study: optuna.Study, plan: Plan, objective: Objective, deadline: float) -> None:
    while (done := len(_finished(study))) < plan.trials and (plan.clock() < deadline or not done):
        plan.progress(f"study {plan.name}", done, plan.trials)
        _try_one(study, plan, objective)


def _try_one(study: optuna.Study, plan: Plan, objective: Objective) -> None:
    study.sampler = _sampler(study, plan, len(_finished(study)) + len(_under_way(study)))
    trial = study.ask(_distributions(plan.space))
    if not _alone(plan):
        trial.set_user_attr(_OWNER, _owner())
    attempt = Attempt(trial.number, dict(trial.params), lambda step, value: _report(trial, step, value))
    try:
        value, notes = objective(attempt)
    except Pruned:
        study.tell(trial, state=TrialState.PRUNED)
    except Infeasible as broken:
        trial.set_user_attr(_INFEASIBLE, str(broken))
        study.tell(trial, state=TrialState.PRUNED)
    else:
        trial.set_user_attr(_NOTES, dict(notes))
        study.tell(trial, value)


def _judge_again(study: optuna.Study, plan: Plan, objective: Objective, deadline: float) -> None:
    """Judge the leading trials on further seeds; what was judged is kept, and not judged twice."""
    kept = study.user_attrs
    for trial in _leading(study, plan):
        for seed in _further_seeds(plan):
            if _again(trial.number, seed) in kept:
                continue
            if plan.clock() >= deadline:
                return
            plan.progress(f"study {plan.name}: trial {trial.number} again", seed - 1, plan.further_seeds)
            attempt = Attempt(trial.number, trial.parameters, lambda _step, _value: None, seed)
            study.set_user_attr(_again(trial.number, seed), _judged(objective, attempt))


def _judged(objective: Objective, attempt: Attempt) -> dict[str, Any]:
    try:
        value, notes = objective(attempt)
    except Infeasible as broken:
        return {_INFEASIBLE: str(broken)}
    return {"value": value, _NOTES: dict(notes)}


def _leading(study: optuna.Study, plan: Plan) -> list[Trial]:
    """The best trials, the best first; a lone one has nobody to be told from."""
    complete = [trial for trial in map(_trial, _finished(study)) if trial.complete]
    best = sorted(complete, key=_merit, reverse=True)[: plan.finalists]
    return best if len(best) > 1 else []


def _further_seeds(plan: Plan) -> range:
    return range(1, plan.further_seeds + 1)


def _again(number: int, seed: int) -> str:
    return f"trial {number} on seed {seed}"


def _merit(trial: Trial) -> tuple[float, int]:
    return trial.value, -trial.number


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
        study.set_user_attr(_FAMILY, plan.family)
        study.set_user_attr(_STARTS, _warm_starts(plan, storage))
        study.set_user_attr(_FINGERPRINT, plan.fingerprint)
    if study.user_attrs[_FINGERPRINT] != plan.fingerprint:
        raise StudyError(
            f"study {plan.name!r} was made from other data or settings", remedy="give another --study name"
        )
    _fail_dead(study, _alone(plan))
    return study


def _warm_starts(plan: Plan, storage: BaseStorage) -> list[tuple[str, dict[str, float]]]:
    """Names and best parameters of the newest finished studies of the family, none twice.

    They are kept with the study when it begins: a resumed one tries the same, whatever was finished since.
    """
    earlier = sorted(storage.get_all_studies(), key=lambda one: -one._study_id)
    tried: list[dict[str, float]] = [dict(plan.first)]
    found: list[tuple[str, dict[str, float]]] = []
    for one in earlier if plan.family else ():
        best = one.user_attrs.get(_BEST, {})
        if one.user_attrs.get(_FAMILY) != plan.family or set(best) != set(plan.space):
            continue
        start = {name: dimension.within(best[name]) for name, dimension in plan.space.items()}
        if start not in tried:
            tried.append(start)
            found.append((one.study_name, start))
    return found[: plan.warm_starts]


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
    if not any(trial.complete for trial in trials):
        raise KeyboardInterrupt if interrupted else _nothing_found(plan, trials)
    plan.progress(f"study {plan.name}", len(trials), plan.trials)
    starts = tuple(name for name, _ in study.user_attrs[_STARTS])
    return Search(plan.name, _best(study, plan, trials), trials, interrupted, starts)


def _best(study: optuna.Study, plan: Plan, trials: Sequence[Trial]) -> Trial:
    """The best on average over all seeds of those that were judged on all; else the best on the first."""
    kept = study.user_attrs
    judged = [(trial, [kept.get(_again(trial.number, seed)) for seed in _further_seeds(plan)])
              for trial in _leading(study, plan)]  # fmt: skip
    finalists = [
        trial.with_more([(one["value"], one[_NOTES]) for one in more if one])
        for trial, more in judged
        if all(one and _INFEASIBLE not in one for one in more)
    ]
    return max(finalists or (trial for trial in trials if trial.complete), key=_merit)


def _nothing_found(plan: Plan, trials: Sequence[Trial]) -> StudyError:
    broken = next((trial.infeasible for trial in trials if trial.infeasible), "")
    if broken:
        return StudyError(f"every trial of study {plan.name!r} was infeasible: {broken}", remedy="loosen it")
    return StudyError(f"study {plan.name!r} finished no trial", remedy="give it more trials or time")


def _finished(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=_FINISHED)


def _under_way(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that others are at: this one is to try something else."""
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    return [trial for trial in running if _OWNER in trial.user_attrs]


def _trial(trial: FrozenTrial) -> Trial:
    steps = dict(sorted(trial.intermediate_values.items()))
    value = trial.value if trial.value is not None else next(reversed(steps.values()), float("nan"))
    said = trial.user_attrs
    infeasible = said.get(_INFEASIBLE, "")
    pruned = trial.state is TrialState.PRUNED and not infeasible
    return Trial(trial.number, dict(trial.params), value, pruned, steps, said.get(_NOTES, {}), infeasible)


def _sampler(study: optuna.Study, plan: Plan, place: int) -> optuna.samplers.BaseSampler:
    """Give what draws the trial at a place in the study: no look at unfinished trials, which may be dead."""
    state = int(np.random.SeedSequence([plan.seed, place]).generate_state(1)[0])
    drawing = optuna.samplers.TPESampler(seed=state, n_startup_trials=6, constant_liar=False)
    fixed = [plan.first, *(start for _, start in study.user_attrs[_STARTS])]
    if place >= len(fixed):
        return drawing
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.PartialFixedSampler(dict(fixed[place]), drawing)


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
        yield _database(where)
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


def _database(url: str) -> RDBStorage:
    try:
        return RDBStorage(url)
    except ImportError as error:
        raise StudyError(
            "study_storage: the driver of that database is not installed",
            remedy="install the one that its URL names, such as psycopg for postgresql+psycopg://",
        ) from error


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
