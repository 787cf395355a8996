"""A month replayed day by day: what is looked up at each moment against the history of the trainer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from features.columns import Columns, from_frame, take
from features.history.history import History
from features.lake import Lake
from features.lmdb_profile_store import LmdbProfileStore
from features.profile_settings import ProfileSettings
from features.publication import publish_day
from features.redis_profile_store import mirror
from features.reference.tables import Tables
from serving.profiles import Profiles
from simulation.settings import WorldSettings
from simulation.world import simulate
from tests.evidence.proof import Proof
from tests.redis_server import RedisServer, redis_server
from tests.world_lake import world_lake, world_tables

_MONTHS = 4
_MOMENT = pl.max_horizontal("customs_date", "known_date")


def _differs(case: int) -> str | None:
    """Replay the last month of one world; the lake learns each day what became known on the day before."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = [stack.enter_context(redis_server()) for _ in range(2)]
        simulate(WorldSettings(declarations=600, months=_MONTHS, seed=case)).write(folder)
        whole, tables = world_lake(folder), world_tables(folder)
        items, outcomes = whole.items().collect(), whole.outcomes().collect()
        first = date(2024, _MONTHS, 1)
        for day in (first + timedelta(days=each) for each in range(30)):
            lake = _known_before(folder / "known", items, outcomes, day)
            asked = items.filter(_MOMENT.eq(day))
            expected = History.of(whole, tables=tables).as_of(from_frame(asked))
            for way, profiles in _online(folder, (lake, tables), day, servers):
                with closing(profiles):
                    late = way.startswith("advanced")
                    if wrong := _first_difference(profiles, asked, expected, late=late):
                        return f"{day}, {way}: {wrong}"
    return None


def _known_before(root: Path, items: pl.DataFrame, outcomes: pl.DataFrame, day: date) -> Lake:
    """The lake as it was on the morning of a day."""
    lake = Lake(root)
    lake.append_items(items.filter(_MOMENT.lt(day)))
    lake.append_outcomes(outcomes.filter(pl.col("known_date") < day))
    return lake


def _online(
    folder: Path, known: tuple[Lake, Tables], day: date, servers: list[RedisServer]
) -> Iterator[tuple[str, Profiles]]:
    """The profiles of the service: of a snapshot made anew, and of one advanced, from LMDB and from Redis."""
    roots = {"made anew": folder / "anew" / day.isoformat(), "advanced": folder / "advanced"}
    for (way, root), server in zip(roots.items(), servers, strict=True):
        published = publish_day(root, known[0], day, tables=known[1])
        with closing(LmdbProfileStore(published.folder)) as store:
            mirror(server.url, store)
        settings = ProfileSettings.model_validate({"url": server.url, "seconds": 5})
        for kind, profiles in (("LMDB", Profiles(root)), ("Redis", Profiles(root, settings))):
            profiles.look()
            yield f"{way}, {kind}", profiles


def _first_difference(
    profiles: Profiles, asked: pl.DataFrame, expected: Columns, *, late: bool
) -> str | None:
    """Look each declaration up as the service does; amendments of earlier days only where those are kept."""
    columns = from_frame(asked)
    keys = asked.select("declaration_id", "version", "customs_date").with_row_index("row")
    for (_, _, day), group in keys.group_by("declaration_id", "version", "customs_date"):
        if day != asked.select(_MOMENT)[0, 0] and (not late or day.month != _MONTHS):
            continue
        rows = group["row"].to_numpy()
        found, as_of, _ = profiles.lookup(take(columns, rows))
        if as_of != day:
            return f"looked up as of {as_of}, not as of {day}"
        for name, values in expected.items():
            if values[rows].tobytes() != np.asarray(found[name]).tobytes():
                return f"{name} is {found[name].tolist()} online, {values[rows].tolist()} offline"
    return None


PROOF = Proof(
    name="month-parity",
    statement="For every item and amendment of a replayed month, what the service looks up at its moment is "
    "the trainer's history, and what the reference tables say, as of its day, to the last bit: from LMDB and "
    "from Redis, of snapshots made anew each day and of snapshots advanced day by day.",
    count=30,
    small=1,
    run=_differs,
)
