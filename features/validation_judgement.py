"""The judgement on rows of items or outcomes: which are refused and why, which repeat an earlier one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from customs.declaration import FIELDS, KEY, Field
from customs.outcome import OUTCOME_FIELDS
from features.columns import KEY_NUMBERS, NO_INTEGER, Columns, Unreadable, rows
from features.local_time import text_of
from features.validation_rule import Context, Level, Mask, Row, Rule

FEW = 6
"""Rows up to which rules are quicker on one after the other than on columns."""


@dataclass(frozen=True)
class Breach:
    """A rule that refused a row: which row and field, the value as text, the rule's name and remedy."""

    row: int
    field: str
    value: str
    rule: str
    remedy: str


@dataclass(frozen=True)
class Judgement:
    """What became of n rows: masks of the refused and the repeated, the breaches, and rows by rule broken."""

    refused: Mask
    repeated: Mask
    breaches: tuple[Breach, ...]
    broken: dict[str, int]


def rows_of(columns: Columns, context: Context) -> tuple[Row, ...] | None:
    """The rows one by one where rules are quicker on them; None where the columns are to be judged.

    Rows are judged one by one if they are few, all of them could be read, and their histories are not known.
    """
    if rows(columns) > FEW or context.unreadable or context.history is not None:
        return None
    values = [column.tolist() for column in columns.values()]
    return tuple([dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)])


def judge(
    columns: Columns,
    rules: Sequence[Rule],
    fields: Sequence[Field],
    context: Context,
    one_by_one: Sequence[Row] | None,
) -> Judgement:
    """Run the rules that refuse; then, among rows that stand, the rule of repetition over all fields.

    Rows that are given one by one are looked at first: where they keep every rule, the columns need not be.
    """
    refused = np.zeros(rows(columns), np.bool_)
    breaches: list[Breach] = []
    if one_by_one is None or any(rule.check(row, context) for row in one_by_one for rule in rules):
        breaches = breaches_of(columns, rules, context)
        refused[[breach.row for breach in breaches]] = True
    conflict, repeated = conflicts_and_repeats(columns, ~refused, fields)
    if conflict.any():
        breaches += _breaches(REPETITION, conflict, columns, {})
    by_rule = Counter(rule for _, rule in {(breach.row, breach.rule) for breach in breaches})
    return Judgement(refused | conflict, repeated, tuple(breaches), dict(by_rule))


def breaches_of(columns: Columns, rules: Sequence[Rule], context: Context) -> list[Breach]:
    """What breaks the rules that refuse: one breach a row, rule and field."""
    unread = {(fault.row, fault.field): fault for fault in context.unreadable}
    breaches: list[Breach] = []
    for rule in rules:
        broken = rule.check(columns, context)
        if broken.any():
            breaches += _breaches(rule, broken, columns, unread)
    return breaches


def conflicts_and_repeats(columns: Columns, standing: Mask, fields: Sequence[Field]) -> tuple[Mask, Mask]:
    """Rows whose key stood before with other content, and with the same content, among the standing rows.

    The first row of a key counts, whenever the others came to be known; the lake does the same with what came
    in earlier chunks and files.
    """
    said = [field.name for field in fields if field.name != "known_at"]
    conflict, repeat = np.zeros(rows(columns), np.bool_), np.zeros(rows(columns), np.bool_)
    if len(standing) < 2:
        return conflict, repeat
    keys = list(zip(*(columns[name].tolist() for name in KEY), strict=True))
    if len(set(keys)) == len(keys):
        return conflict, repeat
    first: dict[tuple[object, ...], int] = {}
    for row in np.flatnonzero(standing).tolist():
        earlier = first.setdefault(keys[row], row)
        if earlier != row:
            same = all(_same(columns[name], earlier, row) for name in said)
            repeat[row], conflict[row] = same, not same
    return conflict, repeat


def conflict_of(row: int, declaration_id: str) -> Breach:
    """The breach of a row whose key is in the lake with other content."""
    return Breach(row, KEY[0], declaration_id, REPETITION.name, REPETITION.remedy)


def _breaches(
    rule: Rule, broken: Mask, columns: Columns, unread: Mapping[tuple[int, str], Unreadable]
) -> list[Breach]:
    """One breach a row and field; what could not be read is reported once, by the rule of its reading."""
    found = []
    for row in np.flatnonzero(broken if broken.ndim == 1 else broken.any(axis=1)).tolist():
        for name in rule.blamed(broken, row):
            fault = unread.get((row, "")) or unread.get((row, name))
            if fault is None or fault.rule == rule.name:
                value = _text(columns[name], row, name) if fault is None else fault.value
                found.append(Breach(row, name, value, rule.name, rule.remedy_of(name)))
    return found


def _same(values: NDArray[np.generic], one: int, other: int) -> bool:
    if values.dtype == np.float64:
        return bool(np.array_equal(values[one], values[other], equal_nan=True))
    return bool(values[one] == values[other])


def _text(values: NDArray[np.generic], row: int, name: str) -> str:
    value = values[row]
    if value is None or (isinstance(value, np.floating) and np.isnan(value)):
        return ""
    if isinstance(value, np.int64) and name not in KEY_NUMBERS:
        return text_of(int(value))
    return "" if value == NO_INTEGER else str(value)[:200]


def _conflict(columns: Columns, _: Context) -> Mask:
    standing = np.ones(rows(columns), np.bool_)
    fields = FIELDS if "accepted_at" in columns else OUTCOME_FIELDS
    return conflicts_and_repeats(columns, standing, fields)[0]


REPETITION = Rule(
    "duplicate_with_other_content",
    Level.ERROR,
    (KEY[0],),
    "the same declaration_id, item_no and version came before with other content",
    "give an amendment a version of its own",
    _conflict,
)
