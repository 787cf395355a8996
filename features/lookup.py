"""History and reference values of the few rows of a declaration, out of a store of keys and values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns
from features.encoding import HISTOGRAM, PREFIX, WORDS, WORDS_ANYWHERE, pack, unpack, unpack_histograms
from features.history.entities import BIN, COMPARABLES, ENTITIES, ENTITY, LEVELS, WORDING
from features.history.groups import WORDED
from features.history.kernels import NO_GRAM, describe, fit_of
from features.history.measures import unit_values
from features.history.parts import part_digests
from features.history.wording import DOUBLINGS, LOG_TABLE, few_grams
from features.reference.standing_lookup import look_up_standing, standing_keys

Get = Callable[[bytes], bytes | None]
GetAll = Callable[[list[bytes]], Mapping[bytes, bytes]]
Parts = dict[str, list[bytes | None]]
Wide = NDArray[np.int64]


def look_up(get: Get, columns: Columns) -> Columns:
    """Give the history and reference values (`KNOWN_NAMES`, int64) of rows, out of what `get` reads."""
    return _found(get, part_digests(columns), columns)


def look_up_at_once(get_all: GetAll, columns: Columns, standing: bytes | None) -> Columns:
    """Give the same out of a store that is far away: `get_all` is asked once, for every key of all rows.

    `standing` is the entry STANDING of the store.
    """
    parts = part_digests(columns)
    wanted = [*_wanted(parts), *standing_keys(standing, columns)]
    return _found(get_all(wanted).get, parts, columns)


def _wanted(parts: Parts) -> list[bytes]:
    """Every key that may be read for these rows, each once."""
    wanted = dict.fromkeys(prefix for prefix, names in _KEYS if not names)
    for prefix, names in _KEYS:
        for key in zip(*(parts[name] for name in names), strict=True):
            if None not in key:
                wanted[b"".join((prefix, *(each for each in key if each)))] = None
    return list(wanted)


def _found(get: Get, parts: Parts, columns: Columns) -> Columns:
    packed = [b"".join(row) for row in zip(*(_values(get, parts, plan) for plan in _PLANS), strict=True)]
    found = dict(zip(_SUMMED, unpack(packed, len(_SUMMED)), strict=True))
    found |= zip(COMPARABLES, _comparables(get, parts, unit_values(columns)), strict=True)
    found |= zip(WORDING, _wording(get, parts[_HEADING], columns), strict=True)
    return found | look_up_standing(get, columns)


def _values(get: Get, parts: Parts, plan: _Plan) -> list[bytes]:
    """Packed values of one entity, one a row; written out by number of parts, for it runs at each request."""
    prefix, names, nothing = plan
    if not names:
        return [get(prefix) or nothing] * len(parts[_HEADING])
    if len(names) == 1:
        return [nothing if one is None else get(prefix + one) or nothing for one in parts[names[0]]]
    return [
        nothing if None in key else get(b"".join((prefix, *key))) or nothing
        for key in zip(*(parts[name] for name in names), strict=True)
    ]


def _comparables(get: Get, parts: Parts, own: NDArray[np.int32]) -> Wide:
    """What is said of comparables, (names, n): of the first level that has enough."""
    found = np.zeros((len(own), len(COMPARABLES)), np.int64)
    for row, uv in enumerate(own.tolist()):
        held: dict[str, list[_Histogram]] = {}
        for number, level in enumerate(LEVELS):
            if level.entity not in held:
                held[level.entity] = _histograms(get, level.entity, parts, row)
            low, cells = held[level.entity][_PLACE[number]]
            if (whole := int(cells.sum())) >= level.needed:
                describe(number + 1, cells, 0, len(cells), low, whole, uv, BIN, found[row])
                break
    return np.ascontiguousarray(found.T)


def _histograms(get: Get, entity: str, parts: Parts, row: int) -> list[_Histogram]:
    """Lowest bin and counts of each level of an entity; no counts where the key has none."""
    key = [parts[name][row] for name in ENTITY[entity].parts]
    held = None if None in key else get(b"".join((HISTOGRAM[entity], *(each for each in key if each))))
    return _NO_HISTOGRAMS if held is None else unpack_histograms(held, _LEVELS[entity])


def _wording(get: Get, headings: list[bytes | None], columns: Columns) -> Wide:
    """What is said of descriptions, (names, n)."""
    grams = few_grams(columns["description"].tolist())
    found = np.zeros((len(WORDING), len(headings)), np.int64)
    anywhere = get(WORDS_ANYWHERE)
    for row, heading in enumerate(headings):
        held = None if heading is None or anywhere is None else get(WORDS + heading)
        if held is None or grams[row, 0] == NO_GRAM:
            continue
        here, all_words = np.frombuffer(held, "<i4"), np.frombuffer(anywhere or b"", "<i4")
        items = int(here[-1])
        found[0, row] = items
        found[1:, row] = fit_of(grams[row], here, items, all_words, int(all_words[-1]), LOG_TABLE, DOUBLINGS)
    return found


_Plan = tuple[bytes, tuple[str, ...], bytes]

_PLANS: tuple[_Plan, ...] = tuple(
    (PREFIX[entity.name], entity.parts, pack(np.array([[each.unseen for each in entity.aggregates]]))[0])
    for entity in ENTITIES
)
_KEYS: tuple[tuple[bytes, tuple[str, ...]], ...] = (
    *((PREFIX[entity.name], entity.parts) for entity in ENTITIES),
    *((prefix, ENTITY[name].parts) for name, prefix in HISTOGRAM.items()),
    (WORDS, ENTITY[WORDED].parts),
    (WORDS_ANYWHERE, ()),
)
"""First byte of every kind of key, and the parts that follow it."""
_SUMMED = tuple(f"{entity.name}.{measure}" for entity in ENTITIES for measure in entity.measures)
_Histogram = tuple[int, NDArray[np.int32]]
_NO_HISTOGRAMS: list[_Histogram] = [(0, np.empty(0, np.int32))] * len(LEVELS)
_HEADING = ENTITY[WORDED].parts[0]
_PLACE = [
    [other.entity for other in LEVELS[:number]].count(level.entity) for number, level in enumerate(LEVELS)
]
"""By level: its place among those of its entity."""
_LEVELS = {name: [level.entity for level in LEVELS].count(name) for name in HISTOGRAM}
"""By entity: how many levels it has."""
