"""Every compiled loop says the same as plain Python, to the bit, and is compiled once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import lookup
from features.columns import take
from features.declaration_lake import Frames
from features.history import kernels, state, step, wording
from features.history.advance import advance
from features.history.entities import BIN, ENTITY
from features.history.history import History
from features.history.kernels import GRAMS, NOTHING
from features.local_time import date_of
from features.machine_code.compiled import Compiled
from tests.features.history_reference import World, make_world, worlds

COMPILED: dict[str, Compiled] = {
    name: each for name, each in vars(kernels).items() if isinstance(each, Compiled)
}
CALLERS = (state, step, wording, lookup)
ENTRIES = {name for name in COMPILED for module in CALLERS if hasattr(module, name)}
FEW = settings(max_examples=40, deadline=None)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def plain() -> Iterator[Counter[str]]:
    """Have every loop run twice, compiled and as plain Python; gives how often each ran as that."""
    ran: Counter[str] = Counter()
    remember(make_world(20, 1))
    describe_some(COMPILED["describe"], [1], 0, 0)
    fit_some(COMPILED["fit_of"], 0, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step, "THREADS", OneAfterAnother())
        for name, each in COMPILED.items():
            patch.setattr(kernels, name, counted(name, each.py_func, ran))
        for module in CALLERS:
            for name in ENTRIES & set(vars(module)):
                patch.setattr(module, name, twice(COMPILED[name], getattr(kernels, name)))
        yield ran


class OneAfterAnother(Executor):
    """Does work at once: threads write beside what others read of the same array."""

    def submit(self, function: Callable[..., Any], /, *told: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(function(*told, **named))
        return done


def counted(name: str, function: Callable[..., Any], ran: Counter[str]) -> Callable[..., Any]:
    def call(*told: Any) -> Any:
        ran[name] += 1
        return function(*told)

    return call


def twice(compiled: Callable[..., Any], plain: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function that calls both on the same and holds that they answer and change the same."""

    def call(*told: Any) -> Any:
        again = [each.copy() if isinstance(each, np.ndarray) else each for each in told]
        answer = compiled(*told)
        with np.errstate(over="ignore"):
            expected = plain(*again)
        assert answer == (expected or 0)
        assert bits(told) == bits(again)
        return answer

    return call


def bits(told: Any) -> Any:
    if isinstance(told, tuple | list):
        return [bits(each) for each in told]
    return (told.dtype.str, told.shape, told.tobytes()) if isinstance(told, np.ndarray) else told


def remember(world: World) -> None:
    """Ask for all rows and a snapshot, and bring that up: every loop is needed."""
    items, outcomes, columns = world.item_frame(), world.outcome_frame(), world.columns()
    History.build(items, outcomes).as_of(columns)
    day = int(np.median(columns["customs_date"]))
    snapshot = History.build(items, outcomes).snapshot(date_of(day))
    snapshot.lookup(take(columns, np.arange(1)))
    for later in (1, 31):
        advance(snapshot, Frames(items, outcomes), date_of(day + later))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds(12))
def test_a_pass_over_any_world_is_the_same_compiled_and_as_plain_python(
    plain: Counter[str], world: World
) -> None:
    remember(world)
    assert set(plain) >= {"find", "intern", "note_first", "add_up", "compare", "turns", "meet"}


def test_no_loop_is_left_out(plain: Counter[str]) -> None:
    for seed in range(40):
        if set(plain) == set(COMPILED):
            return
        remember(make_world(60, seed))
    assert set(plain) == set(COMPILED)


@FEW
@given(keys=st.lists(st.tuples(*[st.sampled_from([0, 1, 2**63, 2**64 - 1]) | st.integers(0, 40)] * 2)))
def test_keys_get_the_same_slots(plain: Counter[str], keys: list[tuple[int, int]]) -> None:
    wanted = np.array(keys, np.uint64).reshape(-1, 2)
    held = state.Keys(replace(ENTITY["importer_declarant"], parts=("importer", "declarant")))
    parts = dict(zip(("importer", "declarant"), wanted.T, strict=True))
    slots = held.slots(parts, new=True)
    assert np.array_equal(held.slots(parts, new=False), slots)
    assert held.count == len({key for key in keys if all(key)})


@FEW
@given(texts=st.lists(st.text(max_size=40), max_size=6), most=st.integers(1, 8))
def test_texts_have_the_same_triples(plain: Counter[str], texts: list[str], most: int) -> None:
    encoded = [text.encode() for text in texts]
    bounds = np.cumsum([0, *map(len, encoded)])
    text, met = np.frombuffer(b"".join([*encoded, b" "]), np.uint8), np.full(GRAMS, -1, np.int64)
    wording.grams_of(text, bounds, met, np.empty((len(texts), most), np.uint16))


@FEW
@given(
    cells=st.lists(st.integers(0, 2**20), min_size=1, max_size=30),
    low=st.integers(-500, 500),
    own=st.just(NOTHING) | st.integers(-400_000, 400_000),
)
def test_a_histogram_is_described_the_same(plain: Counter[str], cells: list[int], low: int, own: int) -> None:
    said = describe_some(twice(COMPILED["describe"], kernels.describe), cells, low, own)
    assert said[2] <= said[3] <= said[4]


@FEW
@given(seed=st.integers(0, 2**32), items=st.integers(1, 2**30))
def test_a_text_fits_its_heading_the_same(plain: Counter[str], seed: int, items: int) -> None:
    fit_some(twice(COMPILED["fit_of"], kernels.fit_of), seed, items)


def describe_some(describe: Callable[..., Any], cells: list[int], low: int, own: int) -> list[int]:
    held, said = np.array(cells, np.int32), np.zeros(7, np.int64)
    describe(2, held, 0, len(held), low, int(held.sum()), own, BIN, said)
    return list(said.tolist())


def fit_some(fit: Callable[..., Any], seed: int, items: int) -> None:
    chance = np.random.default_rng(seed)
    here, beside = (chance.integers(0, 2**20, GRAMS, np.int32) for _ in range(2))
    grams = np.append(chance.integers(0, GRAMS, 5).astype(np.uint16), kernels.NO_GRAM)
    said = np.zeros(2, np.int64)
    fit(grams, here, items, here + beside, 2**30, wording.LOG_TABLE, wording.DOUBLINGS, said)


def test_nobody_pays_a_second_compilation_while_days_go_by() -> None:
    """One signature a loop, but for sums, which are of narrow integers where those suffice."""
    done = subprocess.run(
        [sys.executable, "-c", SOME_DAYS], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    found = json.loads(done.stdout)
    assert {name: found[name] for name in sorted(ENTRIES)} == dict.fromkeys(sorted(ENTRIES), 1) | {
        "add_up": 2
    }


SOME_DAYS = """
import json
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
import numpy as np
from features.columns import take
from features.history.backfill import backfill
from features.history.history import History
from features.lake import Lake
from features.lmdb_profile_store import LmdbProfileStore
from features.profile_store import current
from features.publication import publish_day
from tests.features.history_reference import make_world
from tests.features.test_kernels import COMPILED
from tests.features.world_lakes import filled
with TemporaryDirectory() as name:
    home, world = Path(name), make_world(60, 3)
    publish_day(home / "empty", Lake(home / "nothing"), date(2024, 1, 1))
    lake, columns = filled(home / "lake", world), world.columns()
    for asked in (columns, take(columns, np.arange(1)), take(columns, np.arange(0))):
        History.build(lake.items(), lake.outcomes()).as_of(asked)
    for days in (30, 31, 32, 70, 400):
        publish_day(home / "snapshots", lake, date(2024, 1, 1) + timedelta(days=days))
    with closing(LmdbProfileStore(current(home / "snapshots"))) as store:
        store.lookup(take(columns, np.arange(1)))
    backfill(lake.root, home / "values")
print(json.dumps({name: len(each.entries) for name, each in COMPILED.items()}))
"""
