"""Reference values of the few rows of a declaration, out of a store that holds what stands on its day."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

from features.codes.hs import EDITIONS
from features.columns import Columns
from features.encoding import REFERENCE, SOURCES, STANDING
from features.history.parts import digest
from features.reference.keys import key_hash, mixed_in
from features.reference.kind import KeyPart, ReferenceKind
from features.reference.kinds import KIND, KINDS, PARTIES, SAID
from features.reference.lookup import ANY, Level, looked_up, spelled
from features.reference.row_numbers import MISSING
from features.reference.source import Sources, sources_from_json
from features.reference.standing import held_names

Get = Callable[[bytes], bytes | None]
Texts = Mapping[str, str | None]


class Step(NamedTuple):
    """One part of a key: the declared field that it is made of and how many digits, or what it always is."""

    field: str | None
    digits: int = 0
    part: KeyPart | None = None
    always: int = 0


Way = tuple[Step, ...]
"""How an item is named in a table: one step a part of the key."""


def standing_values(get: Get, columns: Columns) -> Iterator[bytes]:
    """Give the reference values (`REFERENCE_NAMES`, packed int64) of each row out of what `get` reads."""
    ways = ways_in(get(STANDING))
    return (b"".join([_packed(kind, ways, get, row) for kind in _NAMES]) for row in _rows(columns))


def standing_keys(standing: bytes | None, columns: Columns) -> list[bytes]:
    """Give every key that may be read for these rows, where the entry STANDING is known."""
    ways = ways_in(standing)
    return [
        STANDING,
        *(key for row in _rows(columns) for kind in ways for key in _keys(kind, ways[kind], row)),
    ]


def sources_in(get: Get) -> Sources:
    """Give the sources of all rows that stand, by their numbers."""
    return sources_from_json(json.loads(get(SOURCES) or b"{}"))


@lru_cache(maxsize=64)
def ways_in(standing: bytes | None) -> dict[str, tuple[Way, ...]]:
    """Give the ways to name an item in each table that is there, the most specific first.

    >>> list(ways_in(b'{"tariff": [[6], [4]]}')["tariff"][0])
    [Step(field='hs_code', digits=6, part=None, always=0)]
    """
    levels = json.loads(standing or b"{}")
    return {name: _ways(KIND[name], levels[name]) for name in levels}


def _ways(kind: ReferenceKind, levels: list[Level]) -> tuple[Way, ...]:
    if kind.name == "watch_list":
        party = next(part for part in kind.key if part.folded)
        return tuple(
            (Step(None, always=key_hash(name)), Step(field, part=party)) for name, field in PARTIES.items()
        )
    if kind.name == "hs_correlation":
        newest = Step(None, always=key_hash(EDITIONS[-1]))
        return ((Step("hs_edition"), Step("hs_code", digits=_INTERNATIONAL), newest),)
    return tuple(
        tuple(_step(part, size) for part, size in zip(kind.key, level, strict=True)) for level in levels
    )


def _step(part: KeyPart, size: int) -> Step:
    if size == 0:
        return Step(None, always=ANY)
    return Step(part.of, digits=size if part.prefix else 0)


def _rows(columns: Columns) -> Iterator[Texts]:
    """What each row says in the fields by which it is named."""
    fields = [columns[name].tolist() for name in _FIELDS]
    return (dict(zip(_FIELDS, texts, strict=True)) for texts in zip(*fields, strict=True))


def _packed(kind: str, ways: Mapping[str, tuple[Way, ...]], get: Get, row: Texts) -> bytes:
    """The values of one kind for one item: those of an entry, and what is not of a row."""
    if kind not in ways:
        return _NOTHING[kind]
    if kind == "watch_list":
        return _watched(ways[kind], get, row)
    held = next((held for key in _keys(kind, ways[kind], row) if (held := get(key)) is not None), None)
    if kind == "preference_agreements":
        return _preferred(held, claimed=row["preference_code"] is not None)
    return _NOTHING[kind] if held is None else held


def _watched(ways: tuple[Way, ...], get: Get, row: Texts) -> bytes:
    """The severity of each party, and of the gravest, the first of them, where it is said."""
    severities, gravest, said = [], 0, _NOBODY
    for way in ways:
        key = _key(way, row)
        held = None if key is None else get(REFERENCE["watch_list"] + key)
        severity = 0 if held is None else _NUMBER.unpack_from(held)[0]
        severities.append(severity)
        if held is not None and severity > gravest:
            gravest, said = severity, held[_NUMBER.size :]
    return _SEVERITIES.pack(*severities) + said


def _preferred(held: bytes | None, *, claimed: bool) -> bytes:
    """The values of a preference; with a claim also whether an agreement covers it."""
    if held is not None:
        return _with_cover(held, 1)
    return _UNCOVERED if claimed else _NOTHING["preference_agreements"]


def _with_cover(held: bytes, covered: int) -> bytes:
    return held[:_TERMS] + _NUMBER.pack(covered) + held[_TERMS:]


def _keys(kind: str, ways: tuple[Way, ...], row: Texts) -> Iterator[bytes]:
    for way in ways:
        if (key := _key(way, row)) is not None:
            yield REFERENCE[kind] + key


def _key(way: Way, row: Texts) -> bytes | None:
    """The digest under which a way names an item; None where a field of it is missing or too short."""
    whole: int | None = None
    for field, digits, part, always in way:
        number = always
        if field is not None:
            text = row[field]
            if text is None or len(text) < digits:
                return None
            number = _number(text[:digits] if digits else text, part)
        whole = number if whole is None else _mixed_in(whole, number)
    return None if whole is None else whole.to_bytes(8, "little")


_mixed_in = lru_cache(maxsize=65_536)(mixed_in)


@lru_cache(maxsize=65_536)
def _number(text: str, part: KeyPart | None) -> int:
    return int.from_bytes(digest(spelled(part, text) if part else text), "little")


_INTERNATIONAL = 6
_NUMBER = Struct("<q")
_SEVERITIES = Struct(f"<{len(PARTIES)}q")
_NOBODY = _NUMBER.pack(MISSING) * len(SAID)
_NAMES = tuple(kind.name for kind in KINDS)
_NOTHING = {kind.name: _NUMBER.pack(MISSING) * len(kind.measures) for kind in KINDS}
_TERMS = _NUMBER.size * (len(held_names(KIND["preference_agreements"])) - len(SAID))
_UNCOVERED = _with_cover(_NOTHING["preference_agreements"][_NUMBER.size :], 0)
_FIELDS = tuple(dict.fromkeys(name for kind in KINDS for name in looked_up(kind)))
"""Declared fields by which items are named."""
