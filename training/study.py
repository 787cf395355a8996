"""Searching for good parameters: seeded, pruned, by one process or many, and resumable after a `kill -9`."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from threading import Event, current_thread, main_thread
from types import FrameType

from training.errors import StudyError
from training.judges import Judges, judges_of
from training.study_record import Claim, StudyRecord
from training.study_storage import beating, names_of, storage_at
from training.trial import Objective, Plan, Search, Trial

_PATIENCE_SECONDS = 0.5
"""Between two looks at what others have finished meanwhile."""


def search(plan: Plan, objective: Objective) -> Search:
    """Give the trial with the greatest value of `objective`, which returns a value and notes.

    What a trial draws depends on the seed, its number and trials of lower numbers, and on nothing else. So a
    trial whose process died is only marked as failed: whoever takes its number next draws the same again,
    and a study that was killed and resumed, or that many had a hand in, tries what it would have tried
    undisturbed. Ctrl-C ends with the best so far. Raises StudyError.

    >>> import tempfile, time
    >>> from training.trial import Dimension
    >>> plan = Plan("square", {"x": Dimension(-2, 2)}, {"x": 1.0}, trials=3, seed=1, clock=time.monotonic,
    ...             storage=tempfile.mkdtemp() + "/studies.log")
    >>> found = search(plan, lambda attempt: (-attempt.parameters["x"] ** 2, {}))
    >>> len(found.trials), found.trials[0].parameters
    (3, {'x': 1.0})
    """
    deadline = plan.clock() + (plan.timeout if plan.timeout is not None else float("inf"))
    with storage_at(plan.storage) as storage, judges_of(plan, objective) as judges:
        record = StudyRecord(plan, storage, judges.places)
        interrupted = False
        try:
            with ctrl_c() as heard, beating(storage, record.held):
                _work(record, plan, judges, deadline, heard)
        except KeyboardInterrupt:
            interrupted = True
        for claim in tuple(record.held.values()):
            record.give_up(claim, died=False)
        found = _found(record, plan, interrupted)
        if not interrupted:
            record.end(found.best)
        return found


def known_studies(storage: str) -> frozenset[str]:
    """Give the names of the studies that a storage holds."""
    with storage_at(storage) as opened:
        return names_of(opened)


@contextmanager
def ctrl_c() -> Iterator[Event]:
    """Give what is set once Ctrl-C was heard, whatever became of the KeyboardInterrupt.

    Python drops one that it raises in a finalizer.
    """
    heard, before = Event(), signal.getsignal(signal.SIGINT)
    if not callable(before) or current_thread() is not main_thread():
        yield heard
        return

    def hear(number: int, frame: FrameType | None) -> None:
        heard.set()
        before(number, frame)

    signal.signal(signal.SIGINT, hear)
    try:
        yield heard
    finally:
        signal.signal(signal.SIGINT, before)


def _work(record: StudyRecord, plan: Plan, judges: Judges, deadline: float, heard: Event) -> None:
    """Have trials judged until none is left, or time is up; whoever shares the study is waited for."""
    at_work: dict[Future[Trial], Claim] = {}
    while True:
        if heard.is_set():
            raise KeyboardInterrupt
        while len(at_work) < judges.places and (claim := _claim(record, plan, deadline, bool(at_work))):
            at_work[judges.begin(claim.task)] = claim
        if at_work:
            for future in wait(at_work, return_when=FIRST_COMPLETED).done:
                _tell(record, at_work.pop(future), future, judges)
        elif record.is_done or plan.clock() >= deadline:
            return
        else:
            time.sleep(_PATIENCE_SECONDS)


def _claim(record: StudyRecord, plan: Plan, deadline: float, at_work: bool) -> Claim | None:
    """The next trial, if one may start: none after the deadline, but that one trial is always judged."""
    if plan.clock() >= deadline and (at_work or record.trials):
        return None
    claim = record.claim()
    if claim and claim.task.seed:
        label = f"study {plan.name}: trial {claim.task.number} again"
        plan.progress(label, claim.task.seed - 1, plan.further_seeds)
    elif claim:
        plan.progress(f"study {plan.name}", claim.task.number, plan.trials)
    return claim


def _tell(record: StudyRecord, claim: Claim, future: Future[Trial], judges: Judges) -> None:
    error = future.exception()
    if error is None:
        record.tell(claim, future.result())
    elif judges.died(error):
        record.give_up(claim, died=True)
    else:
        raise error


def _found(record: StudyRecord, plan: Plan, interrupted: bool) -> Search:
    trials = record.trials
    if not any(trial.complete for trial in trials):
        raise KeyboardInterrupt if interrupted else _nothing_found(plan, trials)
    plan.progress(f"study {plan.name}", len(trials), plan.trials)
    return Search(plan.name, record.best(), trials, interrupted, record.starts)


def _nothing_found(plan: Plan, trials: Sequence[Trial]) -> StudyError:
    broken = next((trial.infeasible for trial in trials if trial.infeasible), "")
    if broken:
        return StudyError(f"every trial of study {plan.name!r} was infeasible: {broken}", remedy="loosen it")
    return StudyError(f"study {plan.name!r} finished no trial", remedy="give it more trials or time")
