"""The values of one field, made of a source's columns as its mapping says: whole columns at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.declaration import Field
from features.adapters.code_list import CODE_LISTS
from features.adapters.date_format import parse_dates
from features.adapters.mapping import FieldMapping
from features.columns import Unreadable
from features.errors import UnreadableFileError
from features.raw_values import stripped
from features.values import UNREADABLE

_TIMES = (pl.Date, pl.Datetime)


@dataclass(frozen=True)
class Converted:
    """Values in canonical form, as text or typed, and those that the mapping could not make anything of."""

    values: pl.Series
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True)
class Conversion:
    """How a field is made; `table` is the one that its mapping names.

    A value that is missing stays missing through every step but `default`. One that does not fit a step of
    numbers or dates is unreadable, and refused by name later; codes that do not fit stay as they are, for the
    rules to judge.

    >>> from customs.declaration import FIELD
    >>> pad = Conversion(FieldMapping(column="code", pad="even"), FIELD["hs_code"], {})
    >>> pad.of(pl.DataFrame({"code": ["8703232", "x"]}), np.array([2, 3]), "UTC").values.to_list()
    ['08703232', 'x']
    """

    how: FieldMapping
    field: Field
    table: Mapping[str, str]

    def of(self, frame: pl.DataFrame, lines: NDArray[np.int64], time_zone: str) -> Converted:
        """The field for rows of the source that stand in these lines."""
        how = self.how
        if how.constant is not None:
            return Converted(pl.Series([how.constant], dtype=pl.String).new_from_index(0, frame.height))
        if any(name not in frame.columns for name in how.sources):
            return Converted(pl.Series([how.default], dtype=pl.String).new_from_index(0, frame.height))
        if how.is_plain:
            return Converted(_readable(frame[how.sources[0]], self.field.name))
        raw = self._joined(frame, lines)
        if raw.dtype.is_temporal():
            return Converted(raw)
        text = stripped(raw, self.field.name)
        values, unread = self._converted(text, time_zone)
        return Converted(values, _faults(text, unread, self.field.name))

    def _joined(self, frame: pl.DataFrame, lines: NDArray[np.int64]) -> pl.Series:
        parts = [_readable(frame[name], self.field.name) for name in self.how.sources]
        if self.how.row_number:
            parts.append(pl.Series(lines).cast(pl.String))
        if len(parts) == 1:
            return parts[0]
        texts = [stripped(part.cast(pl.String), self.field.name) for part in parts]
        return pl.select(pl.concat_str(texts, separator=self.how.separator)).to_series()

    def _converted(self, text: pl.Series, time_zone: str) -> tuple[pl.Series, pl.Series]:
        how = self.how
        text = _rewritten(text, how)
        text, unread = _plain_numbers(text, how)
        if how.zero_is_missing:
            text = text.set((text.cast(pl.Float64, strict=False) == 0).fill_null(value=False), None)
        if how.factor is not None or how.divide is not None:
            values = text.cast(pl.Float64, strict=False)
            unread |= text.is_not_null() & values.is_null()
            values = values * (how.factor or 1.0) / (how.divide or 1.0)
        elif how.date_format:
            values = parse_dates(text, how.date_format, time_zone)
            unread |= text.is_not_null() & values.is_null()
        else:
            values = self._looked_up(_padded(text, how.pad))
        return _or_default(values, how.default), unread

    def _looked_up(self, text: pl.Series) -> pl.Series:
        if self.how.codes is None and self.how.table is None:
            return text
        pairs = self._pairs(text)
        known = text.is_in(list(pairs))
        if self.how.only_unknown:
            return text.set(known.fill_null(value=False), None)
        ours = text.replace(pairs) if pairs else text
        return (
            ours
            if self.how.otherwise is None
            else ours.set((~known).fill_null(value=False), self.how.otherwise)
        )

    def _pairs(self, text: pl.Series) -> Mapping[str, str]:
        """Codes and what they become; a code list is asked for each distinct value once."""
        if self.how.codes is None:
            return self.table
        look_up = CODE_LISTS[self.how.codes]
        found = {code: look_up(code) for code in text.unique().drop_nulls().to_list()}
        return {code: ours for code, ours in found.items() if ours is not None}


def _readable(series: pl.Series, name: str) -> pl.Series:
    """The column as text, or as dates and instants where it holds those."""
    if series.dtype == pl.String or isinstance(series.dtype, _TIMES):
        return series
    if series.dtype.is_nested() or series.dtype == pl.Binary or series.dtype.is_temporal():
        raise UnreadableFileError(
            f"the column of '{name}' is of type {series.dtype}", remedy="write it as text, number or date"
        )
    return series.cast(pl.String)


def _rewritten(text: pl.Series, how: FieldMapping) -> pl.Series:
    if how.prefix or how.suffix:
        text = pl.select(pl.lit(how.prefix) + text + pl.lit(how.suffix)).to_series()
    if how.missing:
        text = text.set(text.is_in(list(how.missing)).fill_null(value=False), None)
    for character in how.remove:
        text = text.str.replace_all(character, "", literal=True)
    for one in how.replace:
        text = text.str.replace_all(one.pattern, one.by)
    if how.remove or how.replace:
        text = text.set((text == "").fill_null(value=False), None)
    return text


def _plain_numbers(text: pl.Series, how: FieldMapping) -> tuple[pl.Series, pl.Series]:
    """Numbers with a decimal point and no other sign; those not written as the mapping says apart."""
    if how.decimal is None and how.thousands is None:
        return text, pl.Series([False]).new_from_index(0, len(text))
    point = "[.]" if how.decimal != "," else ","
    forms = f"([0-9]+({point}[0-9]*)?|{point}[0-9]+)([eE][+-]?[0-9]+)?"
    if how.thousands is not None:
        forms += f"|[0-9]{{1,3}}([{how.thousands}][0-9]{{3}})+({point}[0-9]*)?"
    fits = text.str.contains(f"^[+-]?({forms})$")
    if how.thousands is not None:
        text = text.str.replace_all(how.thousands, "", literal=True)
    if how.decimal == ",":
        text = text.str.replace(",", ".", literal=True)
    unread = (~fits).fill_null(value=False)
    return text.set(unread, None), unread


def _padded(text: pl.Series, pad: Any) -> pl.Series:
    if pad is None:
        return text
    if pad == "even":
        odd = text.str.contains("^([0-9]{2})*[0-9]$")
        return pl.select(pl.when(odd).then(pl.lit("0") + text).otherwise(text)).to_series()
    digits = text.str.contains("^[0-9]+$")
    return pl.select(pl.when(digits).then(text.str.zfill(pad)).otherwise(text)).to_series()


def _or_default(values: pl.Series, default: str | None) -> pl.Series:
    if default is None:
        return values
    return values.fill_null(float(default) if values.dtype == pl.Float64 else default)


def _faults(text: pl.Series, unread: pl.Series, name: str) -> tuple[Unreadable, ...]:
    rows = unread.arg_true()
    values = text.gather(rows).to_list()
    return tuple(
        Unreadable(row, name, value[:200], UNREADABLE)
        for row, value in zip(rows.to_list(), values, strict=True)
    )
