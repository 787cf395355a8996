"""Sources read as a mapping file says: a national format without code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from customs.declaration import FIELD, FIELDS, Field
from customs.outcome import OUTCOME_FIELDS
from features.adapters.chunk import RawChunk, Rows, read_rows, require
from features.adapters.code_table import code_table
from features.adapters.conversion import Conversion
from features.adapters.mapping import FieldMapping, OutcomeMapping, SourceMapping
from features.adapters.mapping_file import read_mapping
from features.adapters.numbering import Numbering
from features.adapters.raw_batch import RawBatch
from features.adapters.row_outcome import outcomes_beside
from features.adapters.source import Source, open_source
from features.columns import Unreadable, complete
from features.settings import IntakeSettings

_OUTCOME = {field.name: field for field in OUTCOME_FIELDS}


@dataclass(frozen=True)
class MappingAdapter:
    """An adapter made of a mapping file, which is read and checked when it is first needed.

    >>> MappingAdapter(Path("configs/sources/kcs.yaml")).name
    'kcs'
    """

    path: Path

    @property
    def name(self) -> str:
        """Name of the format: that of its file."""
        return self.path.stem

    @cached_property
    def mapping(self) -> SourceMapping:
        """The mapping; raises MappingError where the file does not hold a sound one."""
        return read_mapping(self.path)

    def check(self, path: Path) -> None:
        """Raise MappingError, UnreadableFileError or MissingColumnsError if the file cannot be read by it."""
        self._open(path)

    def read(self, path: Path, settings: IntakeSettings) -> Iterator[RawChunk]:
        """Chunks of the file, outcomes beside the items where the file has labels."""
        source = self._open(path)
        reading = _Reading(self.mapping, self.path.parent, source.names, settings)
        for batch in source.batches(settings.chunk_rows):
            items = reading.items(batch)
            yield RawChunk(items, reading.outcomes(batch, items), reading.unknown, batch.done, batch.total)

    def _open(self, path: Path) -> Source:
        fields = self.mapping.fields
        source = open_source(path, self.mapping.encoding)
        needed = [how for name, how in fields.items() if FIELD[name].required and how.default is None]
        require(path, source.names, list(dict.fromkeys(column for how in needed for column in how.sources)))
        return source


class _Reading:
    """One reading of one file: its conversions, and the count of items that goes on across batches."""

    def __init__(
        self, mapping: SourceMapping, folder: Path, names: tuple[str, ...], settings: IntakeSettings
    ) -> None:
        outcome = mapping.outcome if mapping.outcome and _is_labelled(mapping.outcome, names) else None
        self._settings = settings
        self._items = _conversions(mapping.fields, folder, FIELD)
        self._labels = _conversions(outcome.fields, folder, _OUTCOME) if outcome else None
        self._delay = _delay(outcome, settings)
        self._is_numbered = mapping.fields["item_no"].numbered
        self._count = Numbering()
        self.unknown = tuple(name for name in names if name not in _used(mapping))

    def items(self, batch: RawBatch) -> Rows:
        rows = self._rows(batch, self._items, FIELDS, numbered=self._is_numbered)
        return Rows(complete(rows.columns, self._settings.time_zone), rows.lines, rows.unreadable)

    def outcomes(self, batch: RawBatch, items: Rows) -> Rows | None:
        if self._labels is None:
            return None
        labels = self._rows(batch, self._labels, OUTCOME_FIELDS, numbered=False)
        return outcomes_beside(items, labels, self._delay, self._settings.time_zone)

    def _rows(
        self,
        batch: RawBatch,
        conversions: tuple[Conversion, ...],
        fields: tuple[Field, ...],
        *,
        numbered: bool,
    ) -> Rows:
        zone = self._settings.time_zone
        values: dict[str, pl.Series] = {}
        faults: list[Unreadable] = []
        for conversion in conversions:
            converted = conversion.of(batch.frame, batch.lines, zone)
            values[conversion.field.name] = converted.values
            faults += converted.unreadable
        if numbered:
            values["item_no"] = self._count(values["declaration_id"])
        rows = read_rows(batch, pl.DataFrame(values), fields, zone)
        return Rows(rows.columns, rows.lines, (*rows.unreadable, *faults))


def _conversions(
    fields: Mapping[str, FieldMapping], folder: Path, known: Mapping[str, Field]
) -> tuple[Conversion, ...]:
    return tuple(
        Conversion(how, known[name], code_table(how.table, folder, f"{name}.table"))
        for name, how in fields.items()
        if not how.numbered
    )


def _is_labelled(outcome: OutcomeMapping, names: tuple[str, ...]) -> bool:
    """True if the file has the columns that tell of an outcome at all."""
    label = outcome.fields.get("illicit") or outcome.fields["finding"]
    return all(column in names for column in label.sources)


def _delay(outcome: OutcomeMapping | None, settings: IntakeSettings) -> int:
    if outcome is None or outcome.label_delay_days is None:
        return settings.label_delay_days
    return outcome.label_delay_days


def _used(mapping: SourceMapping) -> set[str]:
    parts = (mapping.fields, mapping.outcome.fields if mapping.outcome else {})
    return {column for part in parts for how in part.values() for column in how.sources} | set(
        mapping.ignored
    )
