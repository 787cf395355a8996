"""Rules about what could be read of a row of a reference table, each with the remedy of its column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from customs.declaration import Kind
from features.columns import is_text
from features.local_time import FIRST_YEAR, LAST_YEAR
from features.reference.kind import Column, ReferenceKind
from features.validation_reading import length_rule, missing_rule, unread_rules
from features.validation_rule import Rule
from features.values import UNREADABLE

_WRITTEN = {
    Kind.FLAG: "write 0 or 1",
    Kind.INSTANT: (
        "write a day as 2024-05-01, an instant as 2024-05-01T10:00:00-05:00, of the years "
        f"{FIRST_YEAR} to {LAST_YEAR}"
    ),
}
"""What to write in columns of these types; the general remedy says it for the others."""


def reading_rules(kind: ReferenceKind) -> tuple[Rule, ...]:
    """Give the rules of a kind about values that cannot be read, are missing, or are too long.

    >>> from features.reference.kinds import KIND
    >>> [rule.remedy for rule in reading_rules(KIND["tariff"]) if "specific" in rule.fields][0]
    'write 0 or 1'
    """
    return (*_unread(kind), missing_rule(kind.columns), *_lengths(kind))


def _unread(kind: ReferenceKind) -> Iterator[Rule]:
    """The rules broken while reading; of a value that is not of its column's type, one a type."""
    for rule in unread_rules(kind.columns):
        if rule.name == UNREADABLE:
            yield _unreadable(one for one in kind.columns if one.kind not in _WRITTEN)
            for type_, remedy in _WRITTEN.items():
                yield replace(_unreadable(one for one in kind.columns if one.kind is type_), remedy=remedy)
        else:
            yield rule


def _unreadable(columns: Iterator[Column]) -> Rule:
    return next(rule for rule in unread_rules(tuple(columns)) if rule.name == UNREADABLE)


def _lengths(kind: ReferenceKind) -> Iterator[Rule]:
    """The rule of lengths, once for each length that texts of the kind may have."""
    texts = [one for one in kind.columns if is_text(one)]
    for longest in sorted({one.longest for one in texts}):
        rule = length_rule(tuple(one for one in texts if one.longest == longest))
        yield replace(rule, remedy=f"shorten it to {longest} characters")
