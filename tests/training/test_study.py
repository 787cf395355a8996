"""The study: seeded, pruned, and resumed after a kill with nothing lost and nothing run twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from tests.training.dying import die_at
from training.errors import StudyError
from training.study import Attempt, Dimension, Plan, Search, search

SPACE = {"x": Dimension(-2.0, 2.0), "leaves": Dimension(2, 64, log=True, integer=True)}

VICTIM = """
import os, sys, time
from tests.training.test_study import plan_at, judge
from training.study import search
count = 0
def slow(attempt):
    global count
    count += 1
    if count > 3:
        print("hanging", flush=True)
        time.sleep(60)
    return judge(attempt)
search(plan_at(sys.argv[1]), slow)
"""


PEER = """
import sys
from dataclasses import replace
from tests.training.test_study import plan_at, judge
from training.study import search
search(replace(plan_at(".", trials=2), storage=sys.argv[1], resume=True), judge)
"""


def plan_at(folder: str | Path, *, trials: int = 8, clock: Callable[[], float] = time.monotonic) -> Plan:
    return Plan(
        name="tiny", space=SPACE, first={"x": 1.5, "leaves": 8}, trials=trials, seed=7, clock=clock,
        storage=str(Path(folder) / "studies.log"), pruner="none",
    )  # fmt: skip


def judge(attempt: Attempt) -> tuple[float, dict[str, float]]:
    attempt.report(1, 0.1)
    return -((attempt.parameters["x"] - 0.5) ** 2), {"rounds": 3.0}


def test_a_study_that_was_killed_and_resumed_tries_what_an_uninterrupted_one_tries(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    with subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(killed)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == b"hanging\n"
        os.kill(victim.pid, signal.SIGKILL)
    resumed = search(replace(plan_at(killed), resume=True), judge)
    straight = search(plan_at(whole), judge)
    assert [trial.parameters for trial in resumed.trials] == [trial.parameters for trial in straight.trials]
    assert resumed.best.value == straight.best.value
    assert len(resumed.trials) == 8


class DiedError(BaseException):
    """The process ends here."""


def die() -> None:
    raise DiedError


def tried(found: Search) -> list[tuple[Mapping[str, float], float, bool]]:
    return [(trial.parameters, trial.value, trial.pruned) for trial in found.trials]


def worse_and_worse(attempt: Attempt) -> tuple[float, dict[str, float]]:
    """Poor trials are cut short at their second report."""
    value, notes = -((attempt.parameters["x"] - 0.5) ** 2), {"rounds": 3.0}
    attempt.report(1, value)
    attempt.report(2, value)
    return value, notes


@pytest.mark.parametrize("storage", ["journal", "url"])
@pytest.mark.parametrize("done", [False, True])
def test_a_search_that_dies_at_any_write_is_resumed_as_if_it_had_not(
    storage: str, done: bool, tmp_path: Path
) -> None:
    def plan(name: str) -> Plan:
        where = tmp_path / f"{name}.log" if storage == "journal" else f"sqlite:///{tmp_path}/{name}.db"
        return replace(plan_at(tmp_path, trials=8), storage=str(where), pruner="median", steps=2)

    whole = search(plan("whole"), worse_and_worse)
    assert any(trial.pruned for trial in whole.trials)
    for write in count(1, step=1 if storage == "journal" else 9):
        with pytest.MonkeyPatch.context() as patch, suppress(DiedError):
            die_at(write, die, done=done, replace=patch.setattr)
            search(plan(f"killed-{write}"), worse_and_worse)
            break
        resumed = search(replace(plan(f"killed-{write}"), resume=True), worse_and_worse)
        assert tried(resumed) == tried(whole), write
        assert (resumed.best.parameters, resumed.best.value) == (whole.best.parameters, whole.best.value)
    assert write > 30


def test_two_at_work_behind_one_url_try_different_things(tmp_path: Path) -> None:
    plan = replace(plan_at(tmp_path, trials=4), storage=f"sqlite:///{tmp_path}/studies.db", resume=True)
    command = [sys.executable, "-c", PEER, plan.storage]

    def beside(attempt: Attempt) -> tuple[float, dict[str, float]]:
        if attempt.number == 0:
            subprocess.run(command, check=True, cwd=Path(__file__).parents[2])
        return judge(attempt)

    found = search(plan, beside)
    assert len({tuple(trial.parameters.values()) for trial in found.trials}) == len(found.trials) == 4


def test_a_torn_last_line_of_the_journal_is_cut_off(tmp_path: Path) -> None:
    search(plan_at(tmp_path, trials=2), judge)
    with (tmp_path / "studies.log").open("ab") as journal:
        journal.write(b'{"op_code":4,"worker_id":"half')
    assert len(search(replace(plan_at(tmp_path, trials=4), resume=True), judge).trials) == 4


def test_the_first_trial_is_the_default_and_the_best_is_no_worse(tmp_path: Path) -> None:
    found = search(plan_at(tmp_path), judge)
    assert found.trials[0].parameters == {"x": 1.5, "leaves": 8}
    assert found.best.value >= found.trials[0].value
    assert found.best.notes == {"rounds": 3.0}


def test_an_interrupt_ends_with_the_best_so_far_and_loses_no_trial(tmp_path: Path) -> None:
    calls: list[dict[str, float]] = []

    def stop_at_third(attempt: Attempt) -> tuple[float, dict[str, float]]:
        calls.append(dict(attempt.parameters))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return judge(attempt)

    found = search(plan_at(tmp_path), stop_at_third)
    assert found.interrupted
    assert len(found.trials) == 2
    resumed = search(replace(plan_at(tmp_path), resume=True), judge)
    assert resumed.trials[2].parameters == calls[2]
    assert len(resumed.trials) == 8


def test_no_trial_starts_after_the_timeout_but_one_always_runs(tmp_path: Path) -> None:
    ticks = iter(range(0, 1000, 10))
    plan = replace(plan_at(tmp_path, clock=lambda: float(next(ticks))), timeout=5.0)
    assert len(search(plan, judge).trials) == 1


def test_poor_trials_are_pruned_and_count_as_finished(tmp_path: Path) -> None:
    def reports(attempt: Attempt) -> tuple[float, dict[str, float]]:
        for step in range(50):
            attempt.report(step, -float(attempt.number))
        return -float(attempt.number), {}

    found = search(replace(plan_at(tmp_path, trials=9), pruner="median", steps=50), reports)
    assert any(trial.pruned for trial in found.trials)
    assert len(found.trials) == 9
    assert found.best.number == 0


def test_an_existing_study_is_not_overwritten_and_other_data_is_refused(tmp_path: Path) -> None:
    search(plan_at(tmp_path, trials=1), judge)
    with pytest.raises(StudyError, match="exists already"):
        search(plan_at(tmp_path, trials=1), judge)
    with pytest.raises(StudyError, match="other data"):
        search(replace(plan_at(tmp_path), resume=True, fingerprint="other"), judge)


def test_two_processes_cannot_search_one_journal_at_once(tmp_path: Path) -> None:
    def nested(attempt: Attempt) -> tuple[float, dict[str, float]]:
        with pytest.raises(StudyError, match="another process"):
            search(replace(plan_at(tmp_path), name="second"), judge)
        return judge(attempt)

    search(plan_at(tmp_path, trials=1), nested)


def test_a_storage_url_serves_as_well(tmp_path: Path) -> None:
    plan = replace(plan_at(tmp_path, trials=2), storage=f"sqlite:///{tmp_path}/studies.db")
    assert len(search(plan, judge).trials) == 2
    assert len(search(replace(plan, trials=3, resume=True), judge).trials) == 3
