"""The canonical format: columns named as the fields of the declaration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from customs.declaration import FIELDS
from features.adapters.chunk import RawChunk, Rows, read_rows, require
from features.adapters.source import Source, open_source
from features.columns import DERIVED, complete
from features.settings import IntakeSettings

_NAMES = frozenset(field.name for field in FIELDS)
_REQUIRED = tuple(field.name for field in FIELDS if field.required)


class CanonicalAdapter:
    """CSV or Parquet under the names of SCHEMA; what is derived at intake is derived anew.

    >>> CanonicalAdapter().name
    'canonical'
    """

    name = "canonical"

    def check(self, path: Path) -> None:
        """Raise UnreadableFileError or MissingColumnsError if the file is not of this format."""
        self._open(path)

    def read(self, path: Path, settings: IntakeSettings) -> Iterator[RawChunk]:
        """Chunks of the file."""
        source = self._open(path)
        unknown = tuple(name for name in source.names if name not in _NAMES and name not in DERIVED)
        for batch in source.batches(settings.chunk_rows):
            rows = read_rows(batch, batch.frame, FIELDS, settings.time_zone)
            items = Rows(complete(rows.columns, settings.time_zone), rows.lines, rows.unreadable)
            yield RawChunk(items, None, unknown, batch.done, batch.total)

    def _open(self, path: Path) -> Source:
        source = open_source(path)
        require(path, source.names, _REQUIRED)
        return source
