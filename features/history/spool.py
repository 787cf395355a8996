"""What a window will still let go: kept by the days that windows count from, and found again by age.

Most of it waits for the longest window: that lies on the disk meanwhile, if there is much of it, in files
without a name, so that nothing of a killed process is left there.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import IO
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from features.history.entities import ENTITIES, ENTITY, YOUNG_DAYS
from features.history.kernels import ITEM, LABEL
from features.history.plan import LAGS, LEAVING, WINDOWED
from features.history.stream import Leaving, Narrow, Stream, joined, nothing_leaves, taken
from features.lake_files import write_failed

_DAYS = 16
"""Days whose changes lie together."""

MOST = 1 << 20
"""Bytes of the changes of some days above which they are put on the disk."""

_NONE = np.empty(0, np.int32)
_WINDOWED = np.array([ENTITIES.index(ENTITY[name]) for name in WINDOWED])
_LEAVING = np.array(LEAVING)


@dataclass(frozen=True)
class _Kept:
    """Changes that came, in as little room as they need."""

    day: Narrow
    base: Narrow
    flags: NDArray[np.uint8]
    sign: NDArray[np.int8]
    label: NDArray[np.int8]
    slots: Narrow
    numbers: Narrow


class Spool:
    """Changes by base day, until they are older than the longest window.

    A change whose day is not before the day on which it would leave a window never was in it.
    """

    def __init__(self, most: int = MOST) -> None:
        self._held: dict[int, list[_Kept]] = {}
        self._away: dict[int, IO[bytes]] = {}
        self._most = most
        self._young: dict[str, list[tuple[Narrow, Narrow]]] = {}
        finalize(self, _close, self._away)

    def keep(self, stream: Stream) -> None:
        """Keep the changes that came of items and outcomes."""
        use = np.flatnonzero(stream.flags & (ITEM | LABEL))
        place = stream.base[use] // _DAYS
        for each in np.unique(place).tolist():
            self._held.setdefault(each, []).append(_kept(stream, use[place == each]))

    def leaving(self, since: int, until: int) -> Leaving:
        """Give what leaves a window at the end of a day in [since, until)."""
        found = [nothing_leaves()]
        for number, days in enumerate(LAGS, start=1):
            places = range((since - days) // _DAYS, (until - 1 - days) // _DAYS + 1)
            for place in sorted(each for each in {*self._held, *self._away} if each in places):
                found += [_leaving(each, number, since, until) for each in self._fetched(place)]
        return joined(found)

    def keep_meetings(self, servant: str, day: Narrow, slot: Narrow) -> None:
        """Keep the days on which servants met a young importer, and their slots."""
        self._young.setdefault(servant, []).append((day, slot))

    def meetings_leaving(self, servant: str, since: int, until: int) -> tuple[Narrow, Narrow]:
        """Give the days in [since, until) at whose end such a meeting is too old to count, and the slots."""
        held = self._young.get(servant, [])
        day, slot = (
            np.concatenate([_NONE, *lines]) for lines in (zip(*held, strict=True) if held else ((), ()))
        )
        leaves = day + YOUNG_DAYS
        self._young[servant] = [(day[leaves >= since], slot[leaves >= since])]
        chosen = (leaves >= since) & (leaves < until)
        return leaves[chosen], slot[chosen]

    def forget(self, day: int) -> None:
        """Let go of what has left every window by the day; put away what waits for the longest alone."""
        for place in [each for each in self._held if (each + 1) * _DAYS + LAGS[-1] < day]:
            del self._held[place]
        for place in [each for each in self._held if (each + 1) * _DAYS + LAGS[-2] < day]:
            waits = place * _DAYS + LAGS[-1] > day and place not in self._away
            if waits and sum(map(_bytes, self._held[place])) > self._most:
                self._put_away(place)

    def _put_away(self, place: int) -> None:
        whole = joined(self._held[place])
        try:
            self._away[place] = TemporaryFile(prefix="tamiz-history-")  # noqa: SIM115
            np.savez(self._away[place], **{each.name: getattr(whole, each.name) for each in fields(whole)})
        except OSError as error:
            raise write_failed(Path(gettempdir()), error) from error
        del self._held[place]

    def _fetched(self, place: int) -> list[_Kept]:
        """What is kept of a stretch of days; from the disk once it begins to leave the longest window."""
        if file := self._away.pop(place, None):
            with file, np.load(_rewound(file)) as arrays:
                whole = _Kept(**{each.name: arrays[each.name] for each in fields(_Kept)})
            self._held.setdefault(place, []).append(whole)
        return self._held.get(place, [])


def _kept(stream: Stream, rows: NDArray[np.int64]) -> _Kept:
    return _Kept(
        stream.day[rows],
        stream.base[rows],
        stream.flags[rows],
        stream.sign[rows],
        stream.label[rows],
        stream.slots[np.ix_(_WINDOWED, rows)],
        stream.numbers[np.ix_(_LEAVING, rows)],
    )


def _leaving(kept: _Kept, number: int, since: int, until: int) -> Leaving:
    leaves = kept.base + LAGS[number - 1]
    chosen = taken(kept, (leaves >= since) & (leaves < until) & (kept.day < leaves))
    lag = np.full(len(chosen.day), number, np.uint8)
    day = chosen.base + np.int32(LAGS[number - 1])
    return Leaving(day, lag, chosen.flags, chosen.sign, chosen.label, chosen.slots, chosen.numbers)


def _rewound(file: IO[bytes]) -> IO[bytes]:
    file.seek(0)
    return file


def _close(files: dict[int, IO[bytes]]) -> None:
    for file in files.values():
        file.close()


def _bytes(kept: _Kept) -> int:
    return sum(getattr(kept, each.name).nbytes for each in fields(kept))
