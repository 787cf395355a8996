"""Reading and judging as slowly and plainly as can be: one value, one rule and one row at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from customs.declaration import KEY, Field
from features.columns import Columns, Unreadable, column_of, rows, take
from features.local_time import instant_of
from features.settings import IntakeSettings
from features.validation_judgement import REPETITION, Breach, breaches_of
from features.validation_rule import Context, Level, Rule
from features.values import MALFORMED, ReadError, reader_of


def read_slowly(
    items: Sequence[object], fields: Sequence[Field], time_zone: str
) -> tuple[Columns, list[Unreadable], list[str]]:
    """Columns, what could not be read and unknown names, read a field and a row at a time."""
    unreadable = [
        Unreadable(row, "", str(item)[:200], MALFORMED)
        for row, item in enumerate(items)
        if not isinstance(item, Mapping)
    ]
    objects = [item if isinstance(item, Mapping) else {} for item in items]
    columns = {}
    for field in fields:
        read = reader_of(field, time_zone)
        values = []
        for row, item in enumerate(objects):
            try:
                values.append(read(item.get(field.name)))
            except ReadError as error:
                values.append(read(None))
                unreadable.append(Unreadable(row, field.name, str(item[field.name])[:200], error.rule))
        columns[field.name] = column_of(values, field)
    known = {field.name for field in fields}
    return columns, unreadable, sorted({name for item in objects for name in item} - known)


def judge_slowly(
    columns: Columns,
    rules: Sequence[Rule],
    fields: Sequence[Field],
    settings: IntakeSettings,
    now: datetime,
    *,
    unreadable: Sequence[Unreadable],
) -> tuple[list[Breach], list[bool], list[set[str]], Counter[str]]:
    """Breaches, repeated rows, warnings of each row and the counts, from the columns of a single row."""
    every = [take(columns, np.array([row])) for row in range(rows(columns))]
    contexts = [
        Context(settings, instant_of(now), None, tuple(replace(u, row=0) for u in unreadable if u.row == row))
        for row in range(len(every))
    ]
    breaches = [
        replace(breach, row=row)
        for rule in rules
        if rule.level is Level.ERROR and rule is not REPETITION
        for row, (one, context) in enumerate(zip(every, contexts, strict=True))
        for breach in breaches_of(one, [rule], context)
    ]
    refused = {breach.row for breach in breaches}
    repeated = [False] * len(every)
    first: dict[tuple[Any, ...], list[str]] = {}
    for row, one in enumerate(every):
        if row in refused:
            continue
        said = [repr(one[field.name].item()) for field in fields if field.name != "known_at"]
        key = tuple(one[name].item() for name in KEY)
        repeated[row] = key in first and said == first[key]
        if first.setdefault(key, said) != said:
            breaches.append(Breach(row, KEY[0], key[0], REPETITION.name, REPETITION.remedy))
    refused = {breach.row for breach in breaches}
    warned = [
        {rule.name for rule in rules if rule.level is Level.WARNING and rule.mask(one, context)[0]}
        if row not in refused
        else set()
        for row, (one, context) in enumerate(zip(every, contexts, strict=True))
    ]
    counts = Counter(rule for _, rule in {(breach.row, breach.rule) for breach in breaches})
    counts.update(name for names in warned for name in names)
    return breaches, repeated, warned, counts


def same(one: Columns, other: Columns) -> bool:
    """True for columns of the same names in the same order, types and values, to the last bit."""
    return list(one) == list(other) and all(
        values.dtype == other[name].dtype
        and (
            values.tolist() == other[name].tolist()
            if values.dtype == object
            else _bits(values) == _bits(other[name])
        )
        for name, values in one.items()
    )


def _bits(values: Any) -> bytes:
    return np.ascontiguousarray(values).tobytes()
