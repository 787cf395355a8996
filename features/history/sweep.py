"""One pass over the past, day after day: what is asked of a day is answered, then its news are added.

A pass can stop on any day and go on from there. Its memory is what is remembered, the rows of some days, and
what a window will still let go; that of the whole past is nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.declaration import KEY
from features.columns import Columns, rows
from features.declaration_lake import DeclarationLake
from features.history.facts import Facts, Moves, Outcomes, facts_of, moves_of, rows_of, spans
from features.history.freed import give_back_large_blocks
from features.history.groups import ALL, Group
from features.history.measures import FIELDS, OWN, own_numbers
from features.history.parts import PARTS, part_codes
from features.history.settings import HistorySettings
from features.history.spool import Spool
from features.history.state import State
from features.history.step import NOTHING_ASKED, Asked, step
from features.history.stream import Stream, joined, no_stream, order_of, parted, stream_of
from features.history.threads import THREADS
from features.history.wording import grams
from features.local_time import date_of, days_of

Progress = Callable[[str, int, int], None]

FIRST_DAY, LAST_DAY = -500_000, 500_000
"""Days beyond all trade."""

_AT_ONCE = 2_000_000
"""History values that are made together."""


def silent(label: str, done: int, total: int) -> None:
    """Report progress to nobody."""


class Sweep:
    """A pass over canonical items and outcomes, all versions; it stands as of `day`."""

    def __init__(
        self,
        source: DeclarationLake,
        settings: HistorySettings,
        progress: Progress = silent,
        group: Group = ALL,
    ) -> None:
        give_back_large_blocks()
        self.day = FIRST_DAY
        self.state = State(group)
        self._source = source
        self._outcomes = Outcomes(source.outcomes())
        stretches = spans(source.items(), settings.chunk_rows)
        self._spans = [(days_of(since), days_of(until)) for since, until in stretches]
        self._read = 0
        self._ahead: Future[_Stretch] | None = None
        self._pending: list[Stream] = []
        self._spool = Spool()
        self._progress = progress

    def as_of(self, columns: Columns) -> Columns:
        """Give the history values (`HISTORY_NAMES`, int64) of rows as of their customs_date, from `day` on.

        The pass goes on to the last of these days.
        """
        day = np.clip(columns["customs_date"].astype(np.int32), FIRST_DAY + 1, LAST_DAY)
        order = order_of(day)
        day = day[order]
        facts = _asked_facts(columns, order)
        found = {name: np.empty(rows(columns), np.int64) for name in self.state.group.names}
        done = 0
        while done < len(day):
            until = self._next(int(day[-1]))
            upto = int(np.searchsorted(day, until, "right"))
            part = slice(done, upto)
            for name, values in self._go(until, day[part], _part(facts, part)).items():
                found[name][order[part]] = values
            done = upto
        return found

    def walk(self) -> Iterator[tuple[pl.DataFrame, Columns]]:
        """Give all rows by day and key, some days at a time: key and customs_date, and history values."""
        while self._read < len(self._spans):
            keys, facts, moves = self._next_stretch()
            slots = self._take_in(facts, moves)
            day = keys["customs_date"].to_physical().to_numpy()
            for part, until in _days_at_a_time(day, _AT_ONCE // len(self.state.group.names)):
                own = np.ascontiguousarray(slots[:, part])
                asked = Asked(day[part], own, facts.numbers[OWN.index("uv"), part], facts.grams[part])
                yield keys[part], self._step(until, asked)
            self._progress("history", self._read, len(self._spans))

    def go_to(self, day: int) -> None:
        """Go on to a day, not before `day`."""
        while self.day < day:
            until = self._next(day)
            self._read_until(until)
            self._step(until, NOTHING_ASKED)

    def _next(self, day: int) -> int:
        """The day up to which the pass goes at once: no more than one stretch of rows is read."""
        if self._read + 1 < len(self._spans):
            return max(min(day, self._spans[self._read + 1][0]), self.day)
        return day

    def _go(self, until: int, day: NDArray[np.int32], facts: Facts) -> Columns:
        self._read_until(until)
        slots = self.state.slots(facts.parts, new=False)
        return self._step(until, Asked(day, slots, facts.numbers[OWN.index("uv")], facts.grams))

    def _read_until(self, day: int) -> None:
        while self._read < len(self._spans) and self._spans[self._read][0] < day:
            self._take_in(*self._next_stretch()[1:])
            self._progress("history", self._read, len(self._spans))

    def _step(self, until: int, asked: Asked) -> Columns:
        found = step(self.state, self._spool, self._coming(until), asked, (self.day, until))
        self._spool.forget(until)
        self.day = until
        return found

    def _take_in(self, facts: Facts, moves: Moves) -> NDArray[np.int32]:
        """Give slots to the keys of rows; what changes because of the rows waits for its day."""
        slots = self.state.slots(facts.parts, new=True)
        self._pending.append(stream_of(slots, facts, moves))
        return slots

    def _coming(self, until: int) -> Stream:
        """The changes of days before `until`; the others go on waiting."""
        parts = [parted(stream, until) for stream in self._pending]
        self._pending = [waiting for _, waiting in parts if len(waiting)]
        return joined([no_stream(), *(coming for coming, _ in parts)])

    def _next_stretch(self) -> _Stretch:
        """The next rows, and begin to read those that follow."""
        stretch = self._ahead.result() if self._ahead else self._stretch(self._read)
        self._read += 1
        self._ahead = THREADS.submit(self._stretch, self._read) if self._read < len(self._spans) else None
        return stretch

    def _stretch(self, number: int) -> _Stretch:
        since, until = self._spans[number]
        frame = rows_of(self._source, date_of(since), date_of(until))
        return frame.select(*KEY, "customs_date"), facts_of(frame), moves_of(frame, self._outcomes)


_Stretch = tuple[pl.DataFrame, Facts, Moves]


def _days_at_a_time(day: NDArray[np.int32], at_once: int) -> Iterator[tuple[slice, int]]:
    """Rows of whole days, no more than `at_once` but for those of one day, and the day after them."""
    start = 0
    while start < len(day):
        most = min(start + at_once, len(day))
        stop = most if most == len(day) else int(np.searchsorted(day, day[most]))
        stop = stop if stop > start else int(np.searchsorted(day, day[start], "right"))
        yield slice(start, stop), int(day[stop - 1]) + 1
        start = stop


def _asked_facts(columns: Columns, order: NDArray[np.int32]) -> Facts:
    fields = {*PARTS.values(), *FIELDS, "description"}
    taken = {name: columns[name][order] for name in fields}
    texts = pl.Series(taken["description"].tolist(), dtype=pl.String)
    return Facts(part_codes(taken), own_numbers(taken), grams(texts))


def _part(facts: Facts, part: slice) -> Facts:
    parts = {name: codes[part] for name, codes in facts.parts.items()}
    return Facts(parts, np.ascontiguousarray(facts.numbers[:, part]), facts.grams[part])
