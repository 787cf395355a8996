"""Snapshots brought up by any strides, from a lake into which rows come late, against those made anew."""

from __future__ import annotations

import random
import tempfile
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from features.history.history import History
from features.lake import Lake
from features.lmdb_profile_store import LmdbProfileStore
from features.profile_store import current
from features.publication import publish_day
from tests.evidence.proof import Proof
from tests.features.history_reference import make_world
from tests.features.world_lakes import filled

_STEPS = 8


def _differs(case: int) -> str | None:
    """Bring one world up in eight steps; the lake knows some rows only days after they count."""
    chance = random.Random(case)
    world = make_world(chance.randint(1, 24), case)
    day = date(2024, 1, 1) + timedelta(days=chance.randint(-3, 120))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for _ in range(_STEPS):
            known_by = day - timedelta(days=chance.choice([0, 0, 0, 1, 5, 40]))
            lake = filled(folder / "lake", world, known_by)
            publish_day(folder / "snapshots", lake, day)
            if wrong := _other_than_anew(folder / "snapshots", lake, day):
                return f"{day}: {wrong}"
            day += timedelta(days=chance.choice([0, 1, 1, 1, 2, 7, 29, 30, 31, 44]))
    return None


def _other_than_anew(snapshots: Path, lake: Lake, day: date) -> str | None:
    anew = History.build(lake.items(), lake.outcomes()).snapshot(day)
    with closing(LmdbProfileStore(current(snapshots))) as store:
        if dict(store.scan(b"")) != anew.packed:
            return "an entry differs from that of the snapshot made anew"
        if (store.as_of, store.begun, store.identity) != (day, anew.begun, anew.identity):
            return "the snapshot calls itself another than the one made anew"
        asked = make_world(12, 3).columns()
        found, expected = store.lookup(asked), anew.lookup(asked)
        wrong = [each for each in expected if found[each].tobytes() != expected[each].tobytes()]
    return f"{wrong[0]} is looked up otherwise" if wrong else None


PROOF = Proof(
    name="advance",
    statement="A snapshot brought up by any strides, through amendments, outcomes and rows that come late "
    "into the lake, is to the byte of every entry the one made anew, read through its layers.",
    count=1_000,
    small=3,
    run=_differs,
)
