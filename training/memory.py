"""Whether a table of rows seen before passes the test: repeats are found without being told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customs.declaration import FIELDS, KEY, Kind
from estimation.ranking import auc
from features.columns import Columns
from features.distinct import numbered

Floats = NDArray[np.float64]
Hashes = NDArray[np.uint64]

FIELDS_LOOKED_AT: tuple[str, ...] = tuple(
    field.name
    for field in FIELDS
    if not field.party and field.kind is not Kind.INSTANT and field.name not in {*KEY, "container_id"}
)
"""All that is declared but identifiers and dates."""

_MOST_FIELDS = 6
_MOST_ROWS = 20_000
_GAIN = 0.002  # of the AUC, below which one more field is none
_PRIOR = 1.0  # rows at the overall rate that a group is taken together with


@dataclass(frozen=True)
class Memory:
    """What a look-up table makes of later rows: the fields it is made of, its score, repeats of whole rows.

    `repeated` is the share of later rows that agree with an earlier one in every field looked at; `matched`
    the share whose fields of the table were seen.
    """

    fields: tuple[str, ...]
    score: Floats
    repeated: float
    matched: float


def memory(earlier: Columns, label: Floats, later: Columns) -> Memory:
    """Give the strongest look-up table of a few fields that earlier rows alone can choose.

    `earlier` are labelled rows in the order of time: the older half fills a table, the newer half judges it,
    and fields are added, the best first, while they help. Only the table so chosen is asked about later rows.
    """
    code = _hashed(earlier, later)
    old, new = (
        {name: part[side] for name, part in code.items()}
        for side in (slice(None, len(label)), slice(len(label), None))
    )
    fields = _chosen(old, label)
    score, matched = _asked(_key(old, fields), label, _key(new, fields))
    whole = np.isin(_key(new, FIELDS_LOOKED_AT), _key(old, FIELDS_LOOKED_AT))
    return Memory(fields, score, float(whole.mean()), matched)


def _chosen(code: Mapping[str, Hashes], label: Floats) -> tuple[str, ...]:
    start = max(0, len(label) - _MOST_ROWS)
    middle = (start + len(label)) // 2
    older, newer = slice(start, middle), slice(middle, None)
    if len(np.unique(label[newer])) < 2:
        return ()

    def skill(fields: Sequence[str]) -> float:
        key = _key(code, fields)
        return auc(_asked(key[older], label[older], key[newer])[0], label[newer])

    chosen: tuple[str, ...] = ()
    best = 0.5
    while len(chosen) < _MOST_FIELDS:
        found = {name: skill((*chosen, name)) for name in FIELDS_LOOKED_AT if name not in chosen}
        name = max(found, key=lambda one: found[one])
        if found[name] < best + _GAIN:
            break
        chosen, best = (*chosen, name), found[name]
    return chosen


def _asked(known: Hashes, label: Floats, asked: Hashes) -> tuple[Floats, float]:
    """Give the illicit share of known rows of the same key, and the share of rows whose key is known."""
    keys, code, counts = np.unique(known, return_inverse=True, return_counts=True)
    usual = float(label.mean()) if len(label) else 0.0
    if not len(keys):
        return np.full(len(asked), usual), 0.0
    share = (np.bincount(code, weights=label) + _PRIOR * usual) / (counts + _PRIOR)
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    seen = keys[place] == asked
    return np.where(seen, share[place], usual), float(seen.mean()) if len(asked) else 0.0


def _key(code: Mapping[str, Hashes], fields: Sequence[str]) -> Hashes:
    """Give one number for the values of some fields: rows that agree in all have the same."""
    rows = len(next(iter(code.values())))
    return sum((code[name] for name in fields), np.zeros(rows, np.uint64))


def _hashed(earlier: Columns, later: Columns) -> dict[str, Hashes]:
    """Give a number for each value of each field, so that numbers of fields can be added up."""
    rng = np.random.default_rng(1)
    hashed = {}
    for name in FIELDS_LOOKED_AT:
        number = _numbered(np.concatenate([earlier[name], later[name]]))
        hashed[name] = rng.integers(0, 2**64, size=number.max(initial=0) + 1, dtype=np.uint64)[number]
    return hashed


def _numbered(values: NDArray[Any]) -> NDArray[np.intp]:
    """Give a number for each value, the same for equal ones; what is missing is a value, too."""
    if values.dtype != object:
        return np.unique(values, return_inverse=True, equal_nan=True)[1].astype(np.intp)
    return np.array(numbered(values.tolist()), np.intp)
