"""Cutting the ids of parties out of JSON bytes, and putting them back byte by byte.

What is cut leaves no mark in the text: where it stood is kept as offsets, so nothing that somebody sends
can be taken for a placeholder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ERASED = b'"erased"'
_LITERAL = re.compile(rb'"((?:[^"\\]|\\.)*+)"(\s*:)?', re.DOTALL)


@dataclass(frozen=True)
class Hole:
    """At `offset` of the rest stood form number `form` of party number `party`."""

    offset: int
    party: int
    form: int


@dataclass(frozen=True)
class Forms:
    """How the ids of parties are written where they stand: each party's raw JSON literals, numbered.

    `party` maps an id to its number; `literals` holds the forms met so far, and grows by `cut`.
    """

    party: Mapping[str, int]
    literals: tuple[dict[str, int], ...]

    @classmethod
    def of(cls, ids: Sequence[str]) -> Forms:
        """The forms of these ids, none met yet; ids are distinct."""
        return cls({identifier: number for number, identifier in enumerate(ids)}, tuple({} for _ in ids))


def cut(text: bytes, forms: Forms) -> tuple[bytes, list[Hole]]:
    """`text` without the JSON strings that are an id of `forms`, and the holes they leave.

    A string counts whatever its escapes, and whatever blanks stand around the id; names of fields stay. An
    id inside a longer text is not seen: it stays with the text it is part of.

    >>> forms = Forms.of(["B7"])
    >>> rest, holes = cut(b'{"declarant_id": "B7", "note": "B7 called"}', forms)
    >>> rest, holes
    (b'{"declarant_id": , "note": "B7 called"}', [Hole(offset=17, party=0, form=0)])
    >>> fill(rest, holes, [list(forms.literals[0])])
    b'{"declarant_id": "B7", "note": "B7 called"}'
    """
    pieces: list[bytes] = []
    holes: list[Hole] = []
    taken = length = 0
    for match in _LITERAL.finditer(text) if forms.party else ():
        party = None if match.group(2) else _party(match.group(1), forms)
        if party is None:
            continue
        start, end = match.span()
        pieces.append(text[taken:start])
        length += start - taken
        known = forms.literals[party]
        holes.append(Hole(length, party, known.setdefault(text[start:end].decode("utf-8"), len(known))))
        taken = end
    pieces.append(text[taken:])
    return b"".join(pieces), holes


def fill(rest: bytes, holes: Sequence[Hole], literals: Sequence[Sequence[str] | None]) -> bytes:
    """The text that `cut` took apart; a party without literals (its key is gone) reads "erased"."""
    pieces: list[bytes] = []
    taken = 0
    for hole in holes:
        forms = literals[hole.party]
        pieces += [rest[taken : hole.offset], ERASED if forms is None else forms[hole.form].encode("utf-8")]
        taken = hole.offset
    pieces.append(rest[taken:])
    return b"".join(pieces)


def _party(content: bytes, forms: Forms) -> int | None:
    try:
        text = content.decode("utf-8")
        value = json.loads(f'"{text}"', strict=False) if "\\" in text else text
    except ValueError:
        return None
    number = forms.party.get(value)
    return forms.party.get(value.strip()) if number is None else number
