"""The values of every row from Parquet to Parquet: the same bytes whoever works, at whatever pace."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import numpy as np
import psutil
import pytest
from distributed import LocalCluster
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from customs.declaration import KEY
from features.columns import from_frame
from features.errors import LakeBusyError, SchedulerError, UnreadableFileError
from features.history.backfill import backfill, fill, in_use, read_backfill
from features.history.entities import HISTORY_NAMES
from features.history.groups import GROUPS
from features.history.history import History
from features.history.settings import HistorySettings
from features.lake import Lake
from features.lake_files import only_writer
from features.schedule import InProcess, Pool, Scheduler, scheduler_of
from simulation.settings import WorldSettings
from simulation.world import simulate
from tests.world_lake import world_lake

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("world")
    simulate(WorldSettings(declarations=700, months=5, seed=3)).write(folder)
    return world_lake(folder)


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster


@pytest.fixture(params=["process", "pool", "dask"])
def scheduler(request: pytest.FixtureRequest) -> Iterator[Scheduler]:
    """Whoever does pieces of work keeps this contract."""
    with ExitStack() as stack:
        if request.param == "process":
            yield InProcess()
        elif request.param == "pool":
            yield Pool(2)
        else:
            cluster = request.getfixturevalue("cluster")
            yield stack.enter_context(scheduler_of(cluster.scheduler_address))


def digest(folder: Path) -> str:
    files = sorted(folder.rglob("*.parquet"))
    return sha256(b"".join(str(f.relative_to(folder)).encode() + f.read_bytes() for f in files)).hexdigest()


@pytest.fixture(scope="module")
def written(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written") / "history"
    backfill(lake.root, folder)
    return folder


def test_pieces_come_back_in_their_order(scheduler: Scheduler) -> None:
    assert list(scheduler.run(divmod, [(7, 2), (9, 4), (20, 3)])) == [(3, 1), (2, 1), (6, 2)]
    assert scheduler.workers >= 1


def test_an_error_of_a_piece_is_raised(scheduler: Scheduler) -> None:
    with pytest.raises(ZeroDivisionError):
        list(scheduler.run(divmod, [(7, 2), (1, 0)]))


def test_the_bytes_are_the_same_in_process_in_a_pool_and_on_dask(
    scheduler: Scheduler, lake: Lake, written: Path, tmp_path: Path
) -> None:
    backfill(lake.root, tmp_path / "again", scheduler=scheduler)
    assert digest(tmp_path / "again") == digest(written)


@pytest.mark.parametrize("rows", [1, 97, 1_000_000])
def test_the_bytes_are_the_same_however_many_rows_are_read_at_a_time(
    lake: Lake, written: Path, tmp_path: Path, rows: int
) -> None:
    backfill(lake.root, tmp_path / "again", HistorySettings(chunk_rows=rows))
    assert digest(tmp_path / "again") == digest(written)


def test_the_bytes_are_the_same_in_whatever_order_and_pieces_the_rows_came(
    lake: Lake, written: Path, tmp_path: Path
) -> None:
    other = Lake(tmp_path / "other")
    other.append_outcomes(lake.outcomes().collect().sample(fraction=1.0, shuffle=True, seed=1))
    shuffled = lake.items().collect().sample(fraction=1.0, shuffle=True, seed=2)
    for start in range(0, shuffled.height, 311):
        other.append_items(shuffled[start : start + 311])
    backfill(other.root, tmp_path / "again")
    assert digest(tmp_path / "again") == digest(written)


def test_the_values_are_those_that_the_history_gives(lake: Lake, written: Path) -> None:
    found = read_backfill(written).collect()
    items = lake.items().collect().sort("customs_date", *KEY)
    assert found.select(*KEY).equals(items.select(*KEY))
    expected = History.build(lake.items(), lake.outcomes()).as_of(from_frame(items))
    for name in HISTORY_NAMES:
        assert np.array_equal(found[name].to_numpy(), expected[name]), name


def test_some_values_can_be_read_alone(written: Path) -> None:
    found = read_backfill(written, ["importer.items", "comparables.median"]).collect()
    assert found.columns == [*KEY, "customs_date", "importer.items", "comparables.median"]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.sampled_from(HISTORY_NAMES), min_size=1, max_size=6, unique=True))
@example(names=["comparables.median"])
@example(names=["declarant.importers_young_90d", "wording.fit"])
@example(names=["hs6.items"])
def test_some_values_alone_are_made_as_all_of_them_are(
    lake: Lake, written: Path, tmp_path: Path, names: list[str]
) -> None:
    backfill(lake.root, tmp_path / "few", names=names)
    assert read_backfill(tmp_path / "few").collect().equals(read_backfill(written, names).collect())
    absent = next(name for name in HISTORY_NAMES if name not in names)
    with pytest.raises(UnreadableFileError, match=f"the backfill few has no {absent}"):
        read_backfill(tmp_path / "few", [absent])


def test_processes_together_make_some_values_alone(lake: Lake, written: Path, tmp_path: Path) -> None:
    names = ["seller.items", "office_heading.illicit", "hs4.known"]
    backfill(lake.root, tmp_path / "few", scheduler=Pool(2), names=names)
    assert read_backfill(tmp_path / "few").collect().equals(read_backfill(written, names).collect())


def test_a_group_that_fails_leaves_what_was_there(lake: Lake, written: Path, tmp_path: Path) -> None:
    backfill(lake.root, tmp_path / "again")
    before = digest(tmp_path / "again")
    part = next((lake.root / "items").rglob("*.parquet"))
    damaged = Lake(tmp_path / "damaged")
    damaged.append_items(lake.items().collect())
    for path in (tmp_path / "damaged" / "items").rglob("*.parquet"):
        path.write_bytes(part.read_bytes()[:-100])
    with pytest.raises(UnreadableFileError) as caught:
        fill(damaged.root, tmp_path / "again", GROUPS[:1], HistorySettings(), with_keys=True)
    assert "ingest" in caught.value.remedy
    assert digest(tmp_path / "again") == before
    assert not list((tmp_path / "again").glob(".*-*"))


def test_while_one_writes_the_second_is_refused_with_its_remedy_and_what_was_there_stays(
    lake: Lake, tmp_path: Path
) -> None:
    backfill(lake.root, tmp_path / "again")
    before = digest(tmp_path / "again")
    with only_writer(tmp_path / "again"), pytest.raises(LakeBusyError) as caught:
        backfill(lake.root, tmp_path / "again")
    assert "wait" in caught.value.remedy
    assert digest(tmp_path / "again") == before


def test_another_run_takes_the_place_of_the_one_before_and_of_what_a_killed_one_left(
    lake: Lake, written: Path, tmp_path: Path
) -> None:
    other = Lake(tmp_path / "other")
    other.append_items(lake.items().collect().head(100))
    for root, rows in ((other.root, 100), (lake.root, lake.items().collect().height)):
        (tmp_path / "again" / ".draft-left" / "items").mkdir(parents=True)
        (tmp_path / "again" / "not ours").mkdir(exist_ok=True)
        backfill(root, tmp_path / "again")
        assert read_backfill(tmp_path / "again").collect().height == rows
        assert len([path for path in (tmp_path / "again").iterdir() if path.is_dir()]) == 2
    assert read_backfill(tmp_path / "again").collect().equals(read_backfill(written).collect())


POOL = "import time; from features.schedule import Pool; list(Pool(2).run(time.sleep, [(600,), (600,)]))"


def test_the_processes_of_a_pool_end_when_whoever_began_them_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", POOL], cwd=ROOT) as parent:
        until = time.monotonic() + 60
        while len(workers := psutil.Process(parent.pid).children()) < 3 and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(1)
        parent.kill()
    _, alive = psutil.wait_procs(workers, timeout=60)
    for each in alive:
        each.kill()
    assert (len(workers), alive) == (3, [])


def test_what_fails_in_a_pool_keeps_its_name_and_remedy(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "items").symlink_to(lake.root / "items")
    (tmp_path / "outcomes").mkdir()
    (tmp_path / "outcomes" / "manifest.json").write_text("[")
    with pytest.raises(UnreadableFileError) as caught:
        backfill(tmp_path, tmp_path / "values", scheduler=Pool(2))
    assert "restore it" in caught.value.remedy
    assert in_use(tmp_path / "values") is None


def test_where_nothing_was_written_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read_backfill(tmp_path / "nowhere")
    assert "run the backfill" in caught.value.remedy


def test_where_no_scheduler_answers_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("features.dask_schedule._PATIENCE", 0.2)
    with pytest.raises(SchedulerError) as caught, scheduler_of("tcp://127.0.0.1:9"):
        pass
    assert "scheduler" in caught.value.remedy
