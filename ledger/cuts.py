"""Cutting the ids of parties out of JSON or XML bytes, and putting them back byte by byte.

What is cut leaves no mark in the text: where it stood is kept as offsets, so nothing that somebody sends
can be taken for a placeholder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import TypeAlias

ERASED = b'"erased"'
_ELEMENT_TEXT = re.compile(r"(?:>|<!\[CDATA\[)([^<>]+?)(?:<|\]\]>)")
_NAME = re.compile(r"\s*:")
_LITERAL = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)

_FEW = 8
"""Ids up to which it is quicker to look for each than to read every string."""

Literal: TypeAlias = tuple[int, int, str]
"""Where a string begins and ends, and which id it is."""


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
    pieces: list[bytes] = []
    holes: list[Hole] = []
    taken = length = 0
    for start, end, identifier in literals(whole, ids):
        pieces.append(_bytes(whole[taken:start]))
        length += len(pieces[-1])
        known = forms.literals[ids[identifier]]
        holes.append(Hole(length, ids[identifier], known.setdefault(whole[start:end], len(known))))
        taken = end
    pieces.append(_bytes(whole[taken:]))
    return b"".join(pieces), holes


def literals(whole: str, ids: Collection[str]) -> Iterator[Literal]:
    """Where JSON strings that are one of these ids stand, quotes and all, in order; names of fields stay.

    >>> list(literals('{"A": [" A", "B A"]}', ["A"]))
    [(7, 11, 'A')]
    """
    plain = "\\" not in whole and len(ids) <= _FEW and all(each and '"' not in each for each in ids)
    found = _searched(whole, ids) if plain else _read(whole, ids)
    return (one for one in found if not _NAME.match(whole, one[1]))


def _searched(whole: str, ids: Collection[str]) -> Iterator[Literal]:
    """Look for each id in a text without escapes; it fills a string where the quotes before it are even."""
    quotes = counted = 0
    for start, end, identifier in sorted(span for each in ids for span in _between_quotes(whole, each)):
        quotes += whole.count('"', counted, start)
        counted = start
        if quotes % 2 == 0:
            yield start, end, identifier


def _between_quotes(whole: str, identifier: str) -> Iterator[Literal]:
    at = whole.find(identifier)
    while at >= 0:
        start, end = at - 1, at + len(identifier)
        while start >= 0 and whole[start].isspace():
            start -= 1
        while end < len(whole) and whole[end].isspace():
            end += 1
        if start >= 0 and end < len(whole) and whole[start] == whole[end] == '"':
            yield start, end + 1, identifier
        at = whole.find(identifier, at + len(identifier))


def _read(whole: str, ids: Collection[str]) -> Iterator[Literal]:
    """Read string by string, whatever its escapes."""
    for said in _LITERAL.finditer(whole):
        if (identifier := _content(said[1])) in ids:
            yield said.start(), said.end(), identifier


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
