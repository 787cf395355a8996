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
from training.study import search
from training.trial import Attempt, Dimension, Infeasible, Plan, Search

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
        further = replace(plan_at(tmp_path, trials=8), finalists=2, further_seeds=1)
        return replace(further, storage=str(where), pruner="median", steps=2, at_once=1)

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


def found_by(
    folder: Path, name: str, *, family: str = "risk 1", best: float = 0.5, trials: int = 4
) -> Search:
    """Search under a name, with the best value at some x."""
    plan = replace(plan_at(folder, trials=trials), name=name, family=family, warm_starts=2)
    return search(plan, lambda attempt: (-((attempt.parameters["x"] - best) ** 2), {}))


def test_the_best_of_the_newest_finished_studies_of_the_family_is_tried_after_the_first(
    tmp_path: Path,
) -> None:
    earlier = [found_by(tmp_path, name, best=best) for name, best in (("a", -1.0), ("b", 0.0), ("c", 1.0))]
    found_by(tmp_path, "of another family", family="value 1")
    found = found_by(tmp_path, "now")
    assert found.starts == ("c", "b")
    assert found.trials[0].parameters == {"x": 1.5, "leaves": 8}
    assert [one.parameters for one in found.trials[1:3]] == [
        earlier[2].best.parameters,
        earlier[1].best.parameters,
    ]


def test_a_study_without_a_family_starts_from_nothing_but_its_first(tmp_path: Path) -> None:
    found_by(tmp_path, "a", family="")
    assert found_by(tmp_path, "b", family="").starts == ()


def test_a_resumed_study_starts_from_what_was_finished_when_it_began(tmp_path: Path) -> None:
    def interrupted(attempt: Attempt) -> tuple[float, dict[str, float]]:
        if attempt.number == 1:
            raise KeyboardInterrupt
        return judge(attempt)

    found_by(tmp_path, "a", best=-1.0)
    plan = replace(plan_at(tmp_path, trials=4), family="risk 1", warm_starts=2)
    assert search(plan, interrupted).starts == ("a",)
    found_by(tmp_path, "later", best=1.0)
    assert search(replace(plan, resume=True), judge).starts == ("a",)
    assert found_by(tmp_path, "last").starts[0] == "later"


def test_a_start_beyond_todays_range_is_brought_within_it(tmp_path: Path) -> None:
    found_by(tmp_path, "wide", best=1.9, trials=12)
    narrow = {"x": Dimension(-2.0, 1.0), "leaves": Dimension(2, 64, log=True, integer=True)}
    plan = replace(plan_at(tmp_path, trials=2), family="risk 1", warm_starts=1, space=narrow)
    found = search(replace(plan, first={"x": 0.0, "leaves": 8}), judge)
    assert found.trials[1].parameters["x"] == 1.0


def lucky(attempt: Attempt) -> tuple[float, dict[str, float]]:
    """The second trial is the best on the first seed alone."""
    luck = 1.0 if (attempt.number, attempt.seed) == (1, 0) else 0.0
    return luck - attempt.number / 100 - 0.5 * (attempt.number == 1), {"rounds": 10.0 + attempt.seed}


def test_the_leading_trials_are_judged_on_further_seeds_before_the_best_is_named(tmp_path: Path) -> None:
    once = search(plan_at(tmp_path / "once", trials=4), lucky)
    again = search(replace(plan_at(tmp_path / "again", trials=4), finalists=3, further_seeds=2), lucky)
    assert (once.best.number, again.best.number) == (1, 0)
    assert again.best.notes == {"rounds": 11.0}
    assert tried(once) == tried(again)


def test_an_interrupt_while_judging_again_ends_with_the_best_so_far_and_is_resumed(tmp_path: Path) -> None:
    def stopped(attempt: Attempt) -> tuple[float, dict[str, float]]:
        if attempt.seed == 2:
            raise KeyboardInterrupt
        return lucky(attempt)

    plan = replace(plan_at(tmp_path, trials=4), finalists=3, further_seeds=2)
    found = search(plan, stopped)
    assert found.interrupted
    assert found.best.number == 1
    calls: list[int] = []

    def counted(attempt: Attempt) -> tuple[float, dict[str, float]]:
        calls.append(attempt.seed)
        return lucky(attempt)

    assert search(replace(plan, resume=True), counted).best.number == 0
    assert calls == [2, 1, 2, 1, 2]


def too_large(attempt: Attempt) -> tuple[float, dict[str, float]]:
    if attempt.parameters["leaves"] > 4:
        raise Infeasible(f"{attempt.parameters['leaves']} leaves are more than 4")
    return judge(attempt)


def test_an_infeasible_trial_counts_says_why_and_is_never_the_best(tmp_path: Path) -> None:
    found = search(plan_at(tmp_path, trials=12), too_large)
    assert found.trials[0].infeasible == "8 leaves are more than 4"
    assert not found.trials[0].pruned
    assert found.best.parameters["leaves"] <= 4
    assert len(found.trials) == 12


def test_where_every_trial_is_infeasible_the_bound_is_named(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="8 leaves are more than 4"):
        search(plan_at(tmp_path, trials=1), too_large)


def test_a_database_without_its_driver_is_refused_with_the_remedy(tmp_path: Path) -> None:
    plan = replace(plan_at(tmp_path), storage="postgresql+asyncpg://nobody@127.0.0.1:1/studies")
    with pytest.raises(StudyError, match="driver"):
        search(plan, judge)


def test_a_database_that_keeps_no_studies_is_refused_with_the_remedy(tmp_path: Path) -> None:
    plan = replace(plan_at(tmp_path), storage="mysql://nobody@127.0.0.1:1/studies")
    with pytest.raises(StudyError, match="no study is kept in mysql"):
        search(plan, judge)


def test_a_ctrl_c_that_is_swallowed_where_it_strikes_ends_the_study_all_the_same(tmp_path: Path) -> None:
    def swallowing(attempt: Attempt) -> tuple[float, dict[str, float]]:
        if attempt.number == 3:
            with suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        return judge(attempt)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        found = search(plan_at(tmp_path), swallowing)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert found.interrupted
    assert len(found.trials) == 4
