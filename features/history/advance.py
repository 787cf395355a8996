"""From the snapshot of one day to that of a later one, by what the days between brought and let go.

Only rows of these days are looked at, and of those that lie as many days back as a window is long: what is
added up does not grow with the history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Protocol

import numpy as np
import polars as pl

from features.declaration_lake import DeclarationLake
from features.encoding import MODULUS, NAME, STOOD, weight_of
from features.history.entities import YOUNG_DAYS
from features.history.facts import NEEDED, Moves, Outcomes, facts_of, moves_of
from features.history.groups import PAIRS, SERVANTS
from features.history.kernels import ITEM, LABEL, SEEN
from features.history.plan import LAGS, WINDOWS
from features.history.recalled import RecalledState
from features.history.spool import Spool
from features.history.state import Mask, Narrow, entity_number
from features.history.step import IMPORTER, NOTHING_ASKED, YOUNG, is_young, step
from features.history.stream import Stream, stream_of, taken
from features.lake_files import collected
from features.local_time import date_of, days_of
from features.reference.standing import standing_entries
from features.reference.tables import NO_TABLES, Tables
from features.snapshot import Snapshot


class Held(Protocol):
    """A snapshot that is there: its day, and its entries."""

    @property
    def as_of(self) -> date:
        """The day as of which all values are."""

    @property
    def begun(self) -> int | None:
        """The first day of the history."""

    @property
    def weight(self) -> int:
        """Sum of the digests of all entries (`features.encoding.weight_of`)."""

    def get_all(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Give the values that there are of some keys."""

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Give every entry whose key begins so."""


@dataclass(frozen=True)
class Advance:
    """What makes of one snapshot that of a later day.

    `changed` are new values by key, empty where nothing is left to say. `opened` counts the keys that
    changed, by entity; `amended` and `told` how many amendments and outcomes came for items known before.
    """

    as_of: date
    begun: int | None
    weight: int
    changed: dict[bytes, bytes]
    opened: dict[str, int]
    amended: int
    told: int


def advance(held: Held, source: DeclarationLake, until: date, tables: Tables = NO_TABLES) -> Advance:
    """Give what changes from a snapshot to the day `until`, of canonical items and outcomes, all versions.

    What was known before the day of the snapshot must be what it was made of; reference `tables` are small,
    and what stands in them on the day is compared with all that the snapshot holds of them.
    """
    days = (days_of(held.as_of), days_of(until))
    frame, told = _rows(source, days)
    state = RecalledState(held.get_all, held.scan, held.begun)
    facts, moves = facts_of(frame), moves_of(frame, Outcomes(told))
    slots = state.slots(facts.parts, new=True, of=_concerned(moves, frame.height, days))
    stream = stream_of(slots, facts, moves)
    stream.numbers[YOUNG] = is_young(state, stream.slots[IMPORTER], stream.known)
    coming = taken(stream, (stream.day >= days[0]) & (stream.day < days[1]))
    spool = _spool(state, taken(stream, stream.day < days[0]), days)
    state.chain(np.unique(coming.slots[IMPORTER][(coming.flags & LABEL) != 0]).tolist())
    step(state, spool, coming, NOTHING_ASKED, days)
    return _difference(held, state, coming, until, standing_entries(tables, until))


def _rows(source: DeclarationLake, days: tuple[int, int]) -> tuple[pl.DataFrame, pl.LazyFrame]:
    """All versions, and all outcomes, of the declarations of which something comes or leaves a window.

    They are filtered and not joined: a reader of Parquet then passes over the other columns of other rows.
    """
    known, customs = (_within(name, days) for name in ("known_date", "customs_date"))
    items, outcomes = source.items(), source.outcomes()
    found = [items.filter(known | customs), outcomes.filter(known)]
    names = collected(pl.concat([each.select("declaration_id") for each in found]).unique()).to_series()
    named = pl.col("declaration_id").is_in(names.implode())
    return collected(items.filter(named).select(NEEDED)), outcomes.filter(named)


def _within(name: str, days: tuple[int, int]) -> pl.Expr:
    """True for dates on the days, or as many days before them as a window is long.

    Dates are compared as they stand in the files, so that what lies in a file of other days is passed over.
    """
    ranges = [(date_of(days[0] - lag), date_of(days[1] - lag)) for lag in (0, *LAGS)]
    return reduce(or_, [pl.col(name).is_between(*each, closed="left") for each in ranges])


def _concerned(moves: Moves, rows: int, days: tuple[int, int]) -> dict[str, Mask]:
    """By entity, the rows of which something comes on the days, or grows too old for what it counts.

    Importers are not among them: how young they were is asked of every row.
    """

    def of(day: Narrow) -> Mask:
        found = np.zeros(rows, np.bool_)
        found[moves.row[(day >= days[0]) & (day < days[1])]] = True
        return found

    comes, leaves = of(moves.day), {lag: of(moves.base + lag) for lag in LAGS}
    met = {name: of(moves.day + YOUNG_DAYS) for name in {*SERVANTS, *PAIRS.values()}}
    return {
        name: np.any([comes, met.get(name, comes), *(leaves[lag] for lag in windows)], axis=0)
        for name, windows in WINDOWS.items()
        if name != "importer"
    }


def _spool(state: RecalledState, past: Stream, days: tuple[int, int]) -> Spool:
    """What came before the days, and may leave a window on them."""
    spool = Spool()
    spool.keep(past)
    seen = taken(past, (past.flags & SEEN) != 0)
    for servant in SERVANTS:
        pair = seen.slots[entity_number(PAIRS[servant])]
        known = np.flatnonzero(pair >= 0)
        met = known[state.meetings[servant].first[pair[known]] == seen.day[known]]
        once = met[np.unique(pair[met], return_index=True)[1]]
        use = once[(seen.numbers[YOUNG][once] > 0) & (seen.day[once] + YOUNG_DAYS >= days[0])]
        spool.keep_meetings(servant, seen.day[use], seen.slots[entity_number(servant)][use])
    return spool


def _difference(
    held: Held, state: RecalledState, coming: Stream, until: date, standing: dict[bytes, bytes]
) -> Advance:
    after = Snapshot.of(state, until, standing).packed
    stood = state.before | dict(entry for prefix in STOOD for entry in held.scan(prefix))
    changed = {key: value for key, value in after.items() if stood.get(key) != value}
    changed |= {key: b"" for key in stood if key not in after}
    before = [(key, stood[key]) for key in changed if key in stood]
    now = [(key, value) for key, value in changed.items() if value]
    opened = Counter(NAME[key[:1]] for key in changed)
    return Advance(
        until,
        state.begun,
        (held.weight - weight_of(before) + weight_of(now)) % MODULUS,
        changed,
        dict(opened),
        int(np.count_nonzero((coming.flags == ITEM) & (coming.sign < 0))),
        int(np.count_nonzero(coming.flags & LABEL)),
    )
