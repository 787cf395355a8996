"""A mapping file: how a source's columns become the fields of the declaration, in words that need no code."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Text: TypeAlias = Annotated[str, Field(min_length=1)]


def _several(value: object) -> object:
    """One value stands for a list of one."""
    return [value] if isinstance(value, str) else value


Texts: TypeAlias = Annotated[tuple[Text, ...], BeforeValidator(_several)]


class Replacement(BaseModel):
    """What matches a pattern is written otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pattern: Text = Field(description="regular expression, of the kind without look-around (Rust regex)")
    by: str = Field("", description="what stands there instead; `$1` or `${1}` is the first group")


class FieldMapping(BaseModel):
    """Where a field comes from, and its conversions, which run in the order of these keys.

    >>> FieldMapping.model_validate("HS6 Code") == FieldMapping(column="HS6 Code")
    True
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: Text | None = Field(None, description="column of the source; a field that is only a text is this")
    columns: tuple[Text, ...] = Field(
        (), description="several columns, joined by `separator`; missing where one of them is"
    )
    row_number: bool = Field(
        default=False,
        description="the line of the row in its file (in Parquet its number), joined last: makes an identity "
        "that is the same whenever the same file is read",
    )
    constant: Text | None = Field(None, description="the value of every row, instead of a column")
    numbered: bool = Field(
        default=False,
        description="item_no only: rows of a declaration that follow each other are counted from 1",
    )
    separator: str = Field("-", description="what stands between joined columns")
    prefix: str = Field("", description="text put before the value")
    suffix: str = Field("", description="text put after the value")
    missing: Texts = Field(
        (), description="values that mean missing, beside the empty one, NA, N/A, NaN and NULL"
    )
    remove: str = Field(
        "", description="characters taken out wherever they stand, such as the dots of a code"
    )
    replace: tuple[Replacement, ...] = Field(
        (), description="patterns to write otherwise, one after the other"
    )
    decimal: Literal[".", ","] | None = Field(None, description="the decimal sign, where it is no point")
    thousands: Literal[".", ",", " ", "'"] | None = Field(None, description="the sign between thousands")
    zero_is_missing: bool = Field(default=False, description="zero means missing")
    factor: float | None = Field(None, gt=0, allow_inf_nan=False, description="numbers are multiplied by it")
    divide: float | None = Field(None, gt=0, allow_inf_nan=False, description="numbers are divided by it")
    pad: Annotated[int, Field(ge=1, le=64)] | Literal["even"] | None = Field(
        None, description="zeros put before digits up to this length, or up to an even one"
    )
    table: dict[str, Text] | Text | None = Field(
        None,
        description="codes of the source and ours; or the name of a CSV file beside the mapping, of which "
        "the first two columns are these",
    )
    codes: Text | None = Field(
        None,
        description="a code list known here: `country` (two or three letters or the English name, to two "
        "letters), `country-numeric` (ISO 3166-1 and M49, to two letters), `currency` (letters or number of "
        "ISO 4217, to three letters)",
    )
    otherwise: Text | None = Field(
        None, description="what stands for a value that `table` or `codes` lacks; without it the value stays"
    )
    only_unknown: bool = Field(
        default=False, description="keeps only the values that `table` or `codes` lacks, as they are"
    )
    date_format: Texts = Field(
        (),
        description="how dates are written, such as `%d/%m/%Y` or `%Y%m%d %H:%M` (local time without `%z`); "
        "of several the first that fits. Without it ISO 8601",
    )
    default: Text | None = Field(None, description="the value where it is missing")

    @model_validator(mode="before")
    @classmethod
    def _named_only(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns it is made of."""
        return self.columns if self.column is None else (self.column,)

    @property
    def is_plain(self) -> bool:
        """True for a column that is taken as it is."""
        return self.model_fields_set <= {"column"}


class OutcomeMapping(BaseModel):
    """Where the outcome comes from that stands in the row of its item.

    Rows without `illicit` (or without `finding`, where only that is mapped) were not inspected, as far as is
    known; a file without that column has items only. What is not mapped is made: `finding` is `other` where
    illicit, else `none`; `selection_reason` is `legacy`; `result_at` is customs_date and the delay.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: dict[str, FieldMapping] = Field(description="fields of the outcome and where they come from")
    label_delay_days: int | None = Field(
        None,
        ge=0,
        le=3650,
        description="days from customs_date to the result, where result_at is not mapped; else the setting",
    )


class SourceMapping(BaseModel):
    """A source: what it is, whose it is, and where each field of the declaration is in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Text = Field(description="name of the source")
    description: Text = Field(description="what it holds")
    source: Text = Field(description="who publishes it, and where it is told of")
    licence: Text = Field(description="terms under which its data may be used")
    encoding: Literal["utf-8", "iso-8859-1", "windows-1252"] = Field(
        "utf-8", description="encoding of CSV files: `utf-8` (the default), `iso-8859-1` or `windows-1252`"
    )
    unusual: tuple[Text, ...] = Field((), description="what a reader of its figures must know, in words")
    fields: dict[str, FieldMapping] = Field(description="fields of the declaration and where they come from")
    outcome: OutcomeMapping | None = Field(None, description="the outcome in the row of the item")
    ignored: tuple[Text, ...] = Field((), description="columns left out on purpose: not reported as unknown")
