"""What a mapping must hold beyond its form: known fields, conversions that fit their kind, sound tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from customs.declaration import FIELD, FIELDS, Field, Kind
from customs.lane import Lane
from customs.outcome import OUTCOME_FIELDS, Finding, SelectionReason
from features.adapters.code_list import CODE_LISTS
from features.adapters.code_table import code_table
from features.adapters.date_format import parse_dates
from features.adapters.mapping import FieldMapping, SourceMapping
from features.codes.countries import UNDETERMINED, countries, country_of
from features.codes.currencies import currencies
from features.codes.incoterms import INCOTERMS
from features.codes.units import UNITS
from features.errors import MappingError
from features.raw_values import raw_column
from features.values import COUNTRIES

_OUTCOME = {field.name: field for field in OUTCOME_FIELDS}
_OF_THE_ITEM = ("declaration_id", "item_no", "version")
_LIKE = 2
"""Letters of a code below which another one is near by chance."""

_NUMBERS = (Kind.NUMBER, Kind.INTEGER)
_FOR_NUMBERS = ("decimal", "thousands", "factor", "divide")
_FOR_CODES = ("pad", "table", "codes")
_APART = (
    *(("table", "codes"), ("otherwise", "only_unknown"), ("default", "date_format")),
    *((number, code) for number in ("factor", "divide") for code in _FOR_CODES),
)
_ORIGINS = ("column", "columns", "row_number", "constant", "numbered")


def check_mapping(mapping: SourceMapping, path: Path) -> None:
    """Raise MappingError for the first thing in it that could not be carried out."""
    _check_fields(mapping.fields, FIELD, path, "fields")
    for field in FIELDS:
        if field.required and field.name not in mapping.fields:
            raise _fault(
                path, "fields", f"required field '{field.name}' is missing", "name its column, or a constant"
            )
    if mapping.outcome is not None:
        _check_outcome(mapping.outcome.fields, path)
    _check_ignored(mapping, path)


def _check_outcome(fields: Mapping[str, FieldMapping], path: Path) -> None:
    for name in _OF_THE_ITEM:
        if name in fields:
            raise _fault(path, f"outcome.fields.{name}", "is that of the item", "leave it out")
    _check_fields(fields, _OUTCOME, path, "outcome.fields")
    if not {"illicit", "finding"} & set(fields):
        raise _fault(path, "outcome.fields", "neither illicit nor finding", "name the column of one of them")


def _check_fields(
    fields: Mapping[str, FieldMapping], known: Mapping[str, Field], path: Path, place: str
) -> None:
    for name, how in fields.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            remedy = f"did you mean '{near[0]}'?" if near else "see docs/guide/fields.md"
            raise _fault(path, f"{place}.{name}", "there is no such field", remedy)
        _check_field(how, known[name], path, f"{place}.{name}")


def _check_field(how: FieldMapping, field: Field, path: Path, key: str) -> None:
    _check_origin(how, field, path, key)
    _check_kind(how, field, path, key)
    _check_patterns(how, path, key)
    _check_codes(how, path, key)
    table = code_table(how.table, path.parent, f"{path.name}: {key}.table")
    given = {name: [getattr(how, name)] for name in ("constant", "default", "otherwise")}
    if not how.only_unknown:
        given["table"] = list(table.values())
    for name, values in given.items():
        _check_values([value for value in values if value is not None], field, path, f"{key}.{name}")


def _check_codes(how: FieldMapping, path: Path, key: str) -> None:
    if how.codes is not None and how.codes not in CODE_LISTS:
        near = get_close_matches(how.codes, CODE_LISTS, 1)
        remedy = f"did you mean '{near[0]}'?" if near else f"use one of: {', '.join(CODE_LISTS)}"
        raise _fault(path, f"{key}.codes", f"there is no code list '{how.codes}'", remedy)
    has_codes = how.table is not None or how.codes is not None
    for one, other in _APART:
        if getattr(how, one) is not None and getattr(how, other):
            raise _fault(path, f"{key}.{one}", f"stands beside {other}", "keep one of them")
    for name in ("otherwise", "only_unknown"):
        if getattr(how, name) and not has_codes:
            raise _fault(path, f"{key}.{name}", "needs table or codes", "add one of them, or leave it out")


def _check_origin(how: FieldMapping, field: Field, path: Path, key: str) -> None:
    given = [name for name in _ORIGINS if getattr(how, name)]
    if not given:
        raise _fault(path, key, "says not where it comes from", f"use one of: {', '.join(_ORIGINS)}")
    if len(given) > 1 and given != ["columns", "row_number"]:
        raise _fault(path, key, f"{given[0]} and {given[1]} exclude each other", "keep one of them")
    if how.numbered and field.name != "item_no":
        raise _fault(path, f"{key}.numbered", "numbers items only", "write it under item_no")
    if how.constant is not None or how.numbered:
        extra = how.model_fields_set - {"constant", "numbered"}
        if extra:
            name = min(extra)
            raise _fault(path, f"{key}.{name}", f"converts nothing beside {given[0]}", "leave it out")


def _check_kind(how: FieldMapping, field: Field, path: Path, key: str) -> None:
    """Conversions of numbers for numbers, of codes for anything but instants, of dates for instants."""
    wrong = {
        **dict.fromkeys(_FOR_NUMBERS, field.kind not in _NUMBERS),
        **dict.fromkeys(_FOR_CODES, field.kind is Kind.INSTANT),
        "zero_is_missing": field.kind is Kind.INSTANT,
        "date_format": field.kind is not Kind.INSTANT,
    }
    for name, is_wrong in wrong.items():
        if is_wrong and getattr(how, name):
            raise _fault(path, f"{key}.{name}", f"does not fit a field of type {field.kind}", "leave it out")
    if how.thousands is not None and how.thousands == (how.decimal or "."):
        raise _fault(
            path, f"{key}.thousands", "is the decimal sign as well", "write decimal and thousands apart"
        )


def _check_patterns(how: FieldMapping, path: Path, key: str) -> None:
    for number, one in enumerate(how.replace):
        try:
            pl.Series(["a"]).str.replace_all(one.pattern, one.by)
        except pl.exceptions.PolarsError as error:
            raise _fault(
                path,
                f"{key}.replace.{number}.pattern",
                f"'{one.pattern[:80]}' is no regular expression",
                "see the syntax of Rust's regex: no look-around, no back-references",
            ) from error
    for form in how.date_format:
        if not _is_date_format(form):
            raise _fault(
                path, f"{key}.date_format", f"'{form[:80]}' is no format of a date", "write it like %d/%m/%Y"
            )


def _is_date_format(form: str) -> bool:
    """True if it names the day, and says nothing that cannot be read back."""
    day = datetime(2024, 3, 5, 10, 30, 20, tzinfo=UTC)
    try:
        read = parse_dates(pl.Series([day.strftime(form)]), [form], "UTC")[0]
    except (pl.exceptions.PolarsError, ValueError):
        return False
    return isinstance(read, date) and (read.year, read.month, read.day) == (2024, 3, 5)


def _check_values(values: list[str], field: Field, path: Path, key: str) -> None:
    """Values that the mapping gives must be readable, and of the field's code list where it has one."""
    series = pl.Series(values, dtype=pl.String)
    _, faults = raw_column(series, field, "UTC", len(values))
    known = known_codes(field)
    for fault in faults:
        raise _fault(
            path, key, f"'{fault.value[:80]}' is no value of '{field.name}'", f"a {field.kind} is needed"
        )
    for value in values:
        if known is not None and value not in known:
            near = _near_code(value, field, known)
            remedy = f"did you mean '{near}'?" if near else "see docs/guide/fields.md for what it takes"
            raise _fault(path, key, f"'{value[:80]}' is no code of '{field.name}'", remedy)


def _near_code(value: str, field: Field, known: Iterable[str]) -> str | None:
    if field.name in COUNTRIES:
        return country_of(value)
    near = [] if value.isdecimal() or len(value) < _LIKE else get_close_matches(value, known, 1)
    return near[0] if near else None


def known_codes(field: Field) -> Iterable[str] | None:
    """The codes a field may hold, None where it has no list.

    >>> sorted(known_codes(FIELD["transport_mode"]))[:3], known_codes(FIELD["brand"])
    (['0', '1', '2'], None)
    """
    if field.name in COUNTRIES:
        return countries() | {UNDETERMINED}
    lists: dict[str, Iterable[str]] = {
        "unit": UNITS,
        "currency": currencies(),
        "incoterm": INCOTERMS,
        "transport_mode": [str(mode) for mode in range(10)],
        "finding": list(Finding),
        "lane": list(Lane),
        "selection_reason": list(SelectionReason),
    }
    return lists.get(field.name)


def _check_ignored(mapping: SourceMapping, path: Path) -> None:
    parts = (mapping.fields, mapping.outcome.fields if mapping.outcome else {})
    used = {column for part in parts for how in part.values() for column in how.sources}
    for column in mapping.ignored:
        if column in used:
            raise _fault(path, "ignored", f"column '{column}' is used", "leave it out here")


def _fault(path: Path, key: str, what: str, remedy: str) -> MappingError:
    return MappingError(f"{path.name}: {key}: {what}", remedy=remedy)
