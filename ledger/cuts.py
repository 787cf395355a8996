"""Cutting the ids of parties out of JSON or XML bytes, and putting them back byte by byte.

What is cut leaves no mark in the text: where it stood is kept as offsets, so nothing that somebody sends
can be taken for a placeholder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape

ERASED = b'"erased"'
_ELEMENT_TEXT = re.compile(r"(?:>|<!\[CDATA\[)([^<>]+?)(?:<|\]\]>)")
_LITERAL = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)


@dataclass(frozen=True)
class Hole:
    """At `offset` of the rest stood form number `form` of party number `party`."""

    offset: int
    party: int
    form: int


@dataclass(frozen=True)
class Forms:
    """How the ids of parties are written where they stand: each party's raw literals, numbered.

    `party` maps an id to its number; `literals` holds the forms met so far, and grows by `cut`.
    """

    party: Mapping[str, int]
    literals: tuple[dict[str, int], ...]

    @classmethod
    def of(cls, ids: Sequence[str]) -> Forms:
        """The forms of these ids, none met yet; ids are distinct and have no blanks around them."""
        return cls({identifier: number for number, identifier in enumerate(ids)}, tuple({} for _ in ids))


def cut(text: bytes, forms: Forms) -> tuple[bytes, list[Hole]]:
    """`text` without the JSON strings that are an id of `forms`, and the holes they leave.

    A string counts whatever its escapes, and whatever blanks stand around the id; names of fields stay. An
    id inside a longer text is not seen: it stays with the text it is part of. Of XML, which begins with `<`,
    the texts of elements are looked at instead.

    >>> forms = Forms.of(["B7"])
    >>> rest, holes = cut(b'{"declarant_id": "B7", "note": "B7 called"}', forms)
    >>> rest, holes
    (b'{"declarant_id": , "note": "B7 called"}', [Hole(offset=17, party=0, form=0)])
    >>> fill(rest, holes, [list(forms.literals[0])])
    b'{"declarant_id": "B7", "note": "B7 called"}'
    """
    whole, ids = _text(text), forms.party
    if whole.lstrip("\ufeff \t\r\n").startswith("<"):
        return _cut_elements(whole, forms)
    escaped = "\\" in whole
    if not escaped and not any(identifier in whole for identifier in ids):
        return text, []
    # What stands outside of literals, and between that what stands in their quotes.
    parts = _LITERAL.split(whole) if escaped else whole.split('"')
    said = [_content(part) if escaped else part.strip() for part in parts[1:-1:2]]
    pieces: list[bytes] = []
    holes: list[Hole] = []
    taken = length = 0
    for place, name in zip(range(1, len(parts), 2), said, strict=False):
        if name not in ids or parts[place + 1].lstrip().startswith(":"):
            continue
        pieces.append(_bytes('"'.join(parts[taken:place])))
        length += len(pieces[-1])
        known = forms.literals[ids[name]]
        holes.append(Hole(length, ids[name], known.setdefault(f'"{parts[place]}"', len(known))))
        taken = place + 1
    pieces.append(_bytes('"'.join(parts[taken:])))
    return b"".join(pieces), holes


def _cut_elements(whole: str, forms: Forms) -> tuple[bytes, list[Hole]]:
    pieces: list[bytes] = []
    holes: list[Hole] = []
    taken = length = 0
    for said in _ELEMENT_TEXT.finditer(whole):
        party = forms.party.get(unescape(said[1]).strip())
        if party is None:
            continue
        pieces.append(_bytes(whole[taken : said.start(1)]))
        length += len(pieces[-1])
        known = forms.literals[party]
        holes.append(Hole(length, party, known.setdefault(said[1], len(known))))
        taken = said.end(1)
    pieces.append(_bytes(whole[taken:]))
    return b"".join(pieces), holes


def fill(rest: bytes, holes: Sequence[Hole], literals: Sequence[Sequence[str] | None]) -> bytes:
    """The text that `cut` took apart; a party without literals (its key is gone) reads "erased"."""
    pieces: list[bytes] = []
    taken = 0
    for hole in holes:
        forms = literals[hole.party]
        pieces += [rest[taken : hole.offset], ERASED if forms is None else _bytes(forms[hole.form])]
        taken = hole.offset
    pieces.append(rest[taken:])
    return b"".join(pieces)


def _content(inside: str) -> str:
    """What a literal says, without the blanks around it; of what is no JSON, the characters as they stand."""
    try:
        return str(json.loads(f'"{inside}"', strict=False) if "\\" in inside else inside).strip()
    except ValueError:
        return inside


def _text(text: bytes) -> str:
    """Text of bytes that need not be UTF-8: `_bytes` gives the same bytes back."""
    return text.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
