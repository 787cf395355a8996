"""History and reference values of the few rows of a declaration, out of a store of keys and values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns, rows
from features.definitions.logarithm import LOG_UNIT
from features.encoding import HISTOGRAM, PREFIX, WORDS, WORDS_ANYWHERE, pack, pack_histograms
from features.history.entities import BIN, COMPARABLES, ENTITIES, ENTITY, HISTORY_NAMES, LEVELS
from features.history.groups import WORDED
from features.history.kernels import NO_GRAM, describe_first, fit_of
from features.history.measures import LOGARITHMS
from features.history.parts import PARTS, part_digests
from features.history.wording import DOUBLINGS, LOG_TABLE, few_grams
from features.lines import Lines
from features.reference.standing_lookup import standing_keys, standing_values
from features.reference.tables import KNOWN_NAMES

Get = Callable[[bytes], bytes | None]
GetAll = Callable[[list[bytes]], Mapping[bytes, bytes]]
Parts = dict[str, list[bytes | None]]
Row = tuple[bytes | None, ...]


def look_up(get: Get, columns: Columns) -> Lines:
    """Give the history and reference values (`KNOWN_NAMES`, int64) of rows, out of what `get` reads."""
    return _found(get, part_digests(columns), columns)


def look_up_at_once(get_all: GetAll, columns: Columns, standing: bytes | None) -> Lines:
    """Give the same out of a store that is far away: `get_all` is asked once, for every key of all rows.

    `standing` is the entry STANDING of the store.
    """
    parts = part_digests(columns)
    keys = (key for row in _by_row(parts) for key, _ in _keys(row) if key is not None)
    wanted = dict.fromkeys((WORDS_ANYWHERE, *keys, *standing_keys(standing, columns)))
    return _found(get_all([*wanted]).get, parts, columns)


def _found(get: Get, parts: Parts, columns: Columns) -> Lines:
    found = np.zeros((rows(columns), len(KNOWN_NAMES)), np.int64)
    grams, anywhere = few_grams(columns["description"].tolist()), get(WORDS_ANYWHERE)
    own = zip(*(columns[name].tolist() for name in LOGARITHMS["uv"]), strict=True)
    for row, (digests, one) in enumerate(zip(_by_row(parts), own, strict=True)):
        values = [nothing if key is None else get(key) or nothing for key, nothing in _keys(digests)]
        found[row, :_SUMMED] = np.frombuffer(b"".join(values[:_HISTOGRAMS]), "<i8")
        held = np.frombuffer(b"".join(values[_HISTOGRAMS:_WORDS]), "<i4")
        describe_first(held, _LEVELS, _NEEDED, one[0], one[1], LOG_UNIT, BIN, found[row, _COMPARED])
        if values[_WORDS] and anywhere and grams[row, 0] != NO_GRAM:
            _say_words(grams[row], values[_WORDS], anywhere, found[row, _WORDED])
    for row, told in enumerate(standing_values(get, columns)):
        found[row, _TOLD] = np.frombuffer(told, "<i8")
    return Lines(KNOWN_NAMES, np.ascontiguousarray(found.T))


def _by_row(parts: Parts) -> Iterable[Row]:
    """Digests of each row, in the order of `PARTS`."""
    return zip(*parts.values(), strict=True)


def _keys(row: Row) -> Iterator[tuple[bytes | None, bytes]]:
    """Every key that may be read for a row, and what stands for it where the store has none.

    None where a part of it is missing; written out by number of parts, for it runs at each request.
    """
    for prefix, places, nothing in _PLANS:
        if len(places) == 1:
            one = row[places[0]]
            yield (None if one is None else prefix + one), nothing
        elif len(places) == 2:
            one, other = row[places[0]], row[places[1]]
            yield (None if one is None or other is None else prefix + one + other), nothing
        else:
            key = [row[place] for place in places]
            yield (None if None in key else b"".join((prefix, *filter(None, key)))), nothing


def _say_words(grams: NDArray[np.uint16], here: bytes, anywhere: bytes, said: NDArray[np.int64]) -> None:
    """Say what there is to say of a description."""
    words, all_words = np.frombuffer(here, "<i4"), np.frombuffer(anywhere, "<i4")
    said[0] = words[-1]
    fit_of(grams, words, int(words[-1]), all_words, int(all_words[-1]), LOG_TABLE, DOUBLINGS, said[1:])


_Plan = tuple[bytes, tuple[int, ...], bytes]


def _plan(prefix: bytes, name: str, nothing: bytes) -> _Plan:
    """First byte of the keys of an entity, which parts follow, and what stands for a value."""
    return prefix, tuple(list(PARTS).index(part) for part in ENTITY[name].parts), nothing


_COUNTS = [sum(level.entity == name for level in LEVELS) for name in HISTOGRAM]
_PLANS: tuple[_Plan, ...] = (
    *(
        _plan(PREFIX[each.name], each.name, pack(np.array([[of.unseen for of in each.aggregates]]))[0])
        for each in ENTITIES
    ),
    *(
        _plan(prefix, name, pack_histograms([0] * count, [np.empty(0, np.int32)] * count))
        for (name, prefix), count in zip(HISTOGRAM.items(), _COUNTS, strict=True)
    ),
    _plan(WORDS, WORDED, b""),
)
"""Every kind of key: sums of each entity, histograms, words of the heading."""

_HISTOGRAMS, _WORDS = len(ENTITIES), len(ENTITIES) + len(HISTOGRAM)
_SUMMED = sum(len(entity.aggregates) for entity in ENTITIES)
_COMPARED = slice(_SUMMED, _SUMMED + len(COMPARABLES))
_WORDED = slice(_COMPARED.stop, len(HISTORY_NAMES))
_TOLD = slice(len(HISTORY_NAMES), len(KNOWN_NAMES))
_LEVELS = np.array(_COUNTS, np.int32)
_NEEDED = np.array([level.needed for level in LEVELS], np.int32)
