"""Many at work on one study: they try what one would try, lose nothing, and judge nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest
from distributed import LocalCluster

from tests.postgresql_server import PostgresqlServer, postgresql_server
from tests.training.test_study import judge, plan_at, tried
from training import study_record
from training.errors import StudyError
from training.study import search
from training.study_record import StudyRecord
from training.study_storage import storage_at
from training.trial import Attempt, Infeasible, Plan, Search, Trial

ROOT = Path(__file__).parents[2]

PEER = """
import sys
from functools import partial
from tests.training.test_study_workers import noting, shared
from training.study import search
search(shared(sys.argv[1]), partial(noting, folder=sys.argv[2]))
"""

CREW = """
import sys
from dataclasses import replace
from functools import partial
from tests.training.test_study_workers import crew_at, noting
from training.study import search
found = search(replace(crew_at(sys.argv[1]), trials=200), partial(noting, folder=sys.argv[1]))
print(len(found.trials), found.interrupted)
"""


def noting(attempt: Attempt, folder: str) -> tuple[float, Mapping[str, float]]:
    """Leave a file for each time that a trial is begun, named by it and by the process."""
    (Path(folder) / f"trial {attempt.number} {attempt.seed} by {os.getpid()}").touch()
    time.sleep(0.1)
    return judge(attempt)


def deadly(attempt: Attempt, folder: str) -> tuple[float, Mapping[str, float]]:
    """End the process that first tries the fourth trial."""
    first = Path(folder) / "ended"
    if attempt.number == 3 and not first.exists():
        first.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return noting(attempt, folder)


def always_deadly(attempt: Attempt) -> tuple[float, Mapping[str, float]]:
    if attempt.number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return judge(attempt)


def too_wide(attempt: Attempt) -> tuple[float, Mapping[str, float]]:
    if attempt.parameters["leaves"] > 20:
        raise Infeasible("more than 20 leaves")
    return judge(attempt)


def shared(storage: str) -> Plan:
    return replace(plan_at(".", trials=6), storage=storage, resume=True, at_once=2)


def crew_at(folder: str | Path) -> Plan:
    further = {"finalists": 2, "further_seeds": 1}
    return replace(plan_at(folder), workers=2, pruner="median", steps=2, resume=True, **further)


def alone(plan: Plan, folder: Path) -> Search:
    """What one process tries that has the study to itself."""
    return search(replace(plan, storage=str(folder / "alone.log"), workers=1, scheduler="", at_once=2), judge)


def begun(folder: Path, by: int | str = "*") -> list[tuple[int, int]]:
    """Number and seed of every trial that was begun, as often as it was, by a process or any."""
    words = [path.name.split() for path in folder.glob(f"trial * by {by}")]
    return sorted((int(number), int(seed)) for _, number, seed, *_ in words)


def peer(storage: str, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PEER, storage, str(folder)], cwd=ROOT)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresqlServer]:
    with postgresql_server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each database that may be shared keeps this contract."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/studies.db"
    server: PostgresqlServer = request.getfixturevalue("server")
    name = f"t{abs(hash(str(tmp_path)))}"
    server.create(name)
    return server.url_of(name)


def test_two_that_share_a_study_try_what_one_tries_and_nothing_twice(storage: str, tmp_path: Path) -> None:
    with peer(storage, tmp_path) as one, peer(storage, tmp_path) as other:
        pass
    assert (one.returncode, other.returncode) == (0, 0)
    assert begun(tmp_path) == [(number, 0) for number in range(6)]
    assert tried(search(shared(storage), judge)) == tried(alone(shared(storage), tmp_path))


def test_what_one_of_two_had_begun_when_it_was_killed_is_tried_by_the_other(
    storage: str, tmp_path: Path
) -> None:
    with peer(storage, tmp_path) as other, peer(storage, tmp_path) as victim:
        while not begun(tmp_path, victim.pid):
            time.sleep(0.01)
        victim.kill()
    assert other.returncode == 0
    assert set(begun(tmp_path, other.pid)) | set(begun(tmp_path, victim.pid)) == {(n, 0) for n in range(6)}
    assert tried(search(shared(storage), judge)) == tried(alone(shared(storage), tmp_path))


def test_a_trial_of_another_machine_that_gives_no_sign_of_life_is_tried_again(
    storage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.study_storage.GRACE_SECONDS", 2)
    plan = shared(storage)
    with monkeypatch.context() as elsewhere, storage_at(storage) as opened:
        elsewhere.setattr(study_record, "_owner", lambda: "another-machine 1")
        lost = StudyRecord(plan, opened, 1).claim()
    assert lost is not None
    with storage_at(storage) as opened:
        record = StudyRecord(plan, opened, 1)
        second = record.claim()
        assert second is not None
        assert (lost.task.number, second.task.number) == (0, 1)
        record.give_up(second, died=False)
    time.sleep(3.1)
    assert tried(search(plan, judge)) == tried(alone(plan, tmp_path))


def test_what_comes_of_a_trial_that_others_took_for_dead_counts_nowhere(storage: str) -> None:
    plan = replace(shared(storage), trials=1)
    with storage_at(storage) as opened:
        record = StudyRecord(plan, opened, 1)
        claim = record.claim()
        assert claim is not None
        other = StudyRecord(plan, opened, 1)  # one of our own number at its start: ours is of before
        record.tell(claim, Trial(0, claim.task.parameters, 9.0, False, {}, {}))
        assert other.trials == ()
        again = other.claim()
        assert again is not None
        assert again.task == claim.task


def test_processes_try_what_one_process_tries_and_nothing_twice(tmp_path: Path) -> None:
    found = search(crew_at(tmp_path), partial(noting, folder=str(tmp_path)))
    straight = alone(crew_at(tmp_path), tmp_path)
    assert tried(found) == tried(straight)
    assert found.best == straight.best
    again = [(trial.number, 1) for trial in sorted(found.trials, key=lambda one: one.value)[-2:]]
    assert begun(tmp_path) == sorted([*((number, 0) for number in range(8)), *again])
    assert len({path.name.split()[-1] for path in tmp_path.glob("trial *")}) == 2


def test_a_process_that_is_killed_takes_no_other_with_it_and_its_trial_is_tried_again(tmp_path: Path) -> None:
    found = search(crew_at(tmp_path), partial(deadly, folder=str(tmp_path)))
    assert (tmp_path / "ended").exists()
    assert tried(found) == tried(alone(crew_at(tmp_path), tmp_path))
    assert len(begun(tmp_path)) == len(set(begun(tmp_path)))


def test_a_trial_that_ends_whoever_tries_it_ends_the_study_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="3 workers ended at trial 1") as ended:
        search(crew_at(tmp_path), always_deadly)
    assert "memory" in ended.value.remedy


def test_processes_say_which_bound_a_trial_breaks(tmp_path: Path) -> None:
    found = search(crew_at(tmp_path), too_wide)
    assert {trial.infeasible for trial in found.trials} == {"", "more than 20 leaves"}


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_when_the_first_process_ends_all_do_and_the_study_is_resumed(
    end: signal.Signals, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", CREW, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, process_group=0) as crew:
        while len(begun(tmp_path)) < 6:
            time.sleep(0.02)
        workers = psutil.Process(crew.pid).children(recursive=True)
        if end is signal.SIGINT:
            os.killpg(crew.pid, end)  # as a terminal does
        else:
            os.kill(crew.pid, end)
        said, _ = crew.communicate(timeout=60)
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert alive == []
    if end is signal.SIGINT:
        finished, interrupted = said.split()
        assert int(finished) >= 3
        assert interrupted == "True"
    found = search(crew_at(tmp_path), judge)
    assert tried(found)[:8] == tried(alone(crew_at(tmp_path), tmp_path))


def test_no_trial_of_any_process_starts_after_the_timeout(tmp_path: Path) -> None:
    started = time.monotonic()
    plan = replace(crew_at(tmp_path), trials=1000, timeout=0.3)
    found = search(plan, partial(noting, folder=str(tmp_path)))
    assert 1 <= len(found.trials) == len(begun(tmp_path)) < 60
    assert time.monotonic() - started < 60


def test_the_workers_of_a_dask_cluster_try_what_one_process_tries(tmp_path: Path) -> None:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as cluster:
        plan = replace(crew_at(tmp_path), scheduler=cluster.scheduler_address)
        found = search(plan, partial(deadly, folder=str(tmp_path)))
    assert tried(found) == tried(alone(plan, tmp_path))
    assert len({path.name.split()[-1] for path in tmp_path.glob("trial *")}) > 1
