"""What stands in the reference tables on a day, as entries of the profile store: numbers, one row a key.

Where a key has several rows at a time they are taken together when the entries are made, and prices are
converted then, so that the look-up of an item is a few reads. What ways there are to name a key is written
beside them: only these need be tried.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import numpy as np

from features.columns import Columns
from features.encoding import REFERENCE, SOURCES, STANDING, keys_of, pack
from features.local_time import days_of
from features.reference.keys import Keys, key_hash
from features.reference.kind import ReferenceKind
from features.reference.kinds import KINDS, SAID
from features.reference.lookup import Level, levels
from features.reference.measures import Valuation, row_values
from features.reference.reference_table import ReferenceTable
from features.reference.row_numbers import MISSING
from features.reference.source import Source, sources_to_json
from features.reference.tables import Tables
from features.reference.timeline import NONE, Days, Index

_MADE_OF: dict[str, tuple[str, ...]] = {
    "watch_list": ("severity",),
    "preference_agreements": ("rate", "share"),
}
_ALWAYS: dict[str, tuple[Level, ...]] = {
    "watch_list": ((1, 1),),
    "hs_correlation": ((1, 1, 1),),
    "exchange_rates": ((1,),),
}
"""Levels of kinds that are looked up in one way, whether a row stands or not."""


def held_names(kind: ReferenceKind) -> tuple[str, ...]:
    """Give the names of the numbers of an entry, in their order.

    >>> from features.reference.kinds import KIND
    >>> held_names(KIND["tariff"])
    ('rate', 'specific', 'heading_most', 'chapter_most', 'source', 'valid_from', 'known_on')
    """
    said = tuple(each.name for each in SAID)
    own = tuple(each.name for each in kind.measures if each.name not in said)
    return (*_MADE_OF.get(kind.name, own), *said)


def standing_entries(tables: Tables, day: date) -> dict[bytes, bytes]:
    """Give all entries of the tables as of a day; none where no table was known before.

    >>> standing_entries(Tables(), date(2024, 1, 1))
    {}
    """
    number = days_of(day)
    standing = {kind: _standing(tables.held[kind.name], number) for kind in _there(tables, number)}
    if not standing:
        return {}
    rows = {key: value for kind in standing for key, value in _entries(tables, kind, standing[kind], number)}
    return rows | {STANDING: _ways(tables, standing), SOURCES: _sources(tables, standing)}


def _there(tables: Tables, day: int) -> list[ReferenceKind]:
    """Kinds of which a row was known before the day."""
    known = {name: table.first_known for name, table in tables.held.items()}
    return [kind for kind in KINDS if (first := known.get(kind.name)) is not None and first < day]


def _standing(table: ReferenceTable, day: int) -> Index:
    """Numbers of the rows that count for each key, (slots, keys)."""
    return table.all_rows_as_of(table.keys, np.full(len(table.keys), day, np.int32))


def _ways(tables: Tables, standing: dict[ReferenceKind, Index]) -> bytes:
    """In what ways the rows that stand name a key, by kind."""
    held = tables.held
    return json.dumps(
        {
            kind.name: _ALWAYS.get(kind.name) or levels(kind, held[kind.name].frame[_of(rows)])
            for kind, rows in standing.items()
        }
    ).encode()


def _sources(tables: Tables, standing: dict[ReferenceKind, Index]) -> bytes:
    """Who says what stands."""
    named: dict[int, Source] = {}
    for kind, rows in standing.items():
        table = tables.held[kind.name]
        named |= {source: table.sources[source] for source in table.said["source"][_of(rows)].tolist()}
    return json.dumps(sources_to_json(named)).encode()


def _of(rows: Index) -> Index:
    """Numbers of the rows that stand, in their order."""
    return np.unique(rows[rows != NONE])


def _entries(tables: Tables, kind: ReferenceKind, rows: Index, day: int) -> Iterator[tuple[bytes, bytes]]:
    table = tables.held[kind.name]
    stands = (rows != NONE).any(axis=0)
    keys, rows = table.keys[stands], rows[:, stands]
    days: Days = np.full(len(keys), day, np.int32)
    valuation = Valuation(tables.held.get("exchange_rates"), tables.currency)
    values = row_values(table, rows, days, valuation)
    if kind.name == "exchange_rates":
        keys, values = _with_own(keys, values, tables.currency)
    packed = pack(np.stack([values[name] for name in held_names(kind)], axis=1))
    return zip(keys_of(REFERENCE[kind.name], keys[:, None], 1), packed, strict=True)


def _with_own(keys: Keys, values: Columns, currency: str) -> tuple[Keys, Columns]:
    """The rates with that of the valuation currency, which is 1 whatever a row says."""
    own = np.uint64(key_hash(currency))
    if not (keys == own).any():
        keys = np.append(keys, own)
        values = {name: np.append(each, MISSING) for name, each in values.items()}
    return keys, values | {"rate": np.where(keys == own, 0, values["rate"])}
