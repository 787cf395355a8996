"""Declarations of ASYCUDA World: XML documents of the Single Administrative Document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from features.adapters.asycuda_document import parse_document, too_large
from features.adapters.asycuda_documents import Piece, split_documents
from features.adapters.asycuda_elements import PATHS
from features.adapters.asycuda_record import Record, records_of
from features.adapters.chunk import RawChunk, Rows
from features.adapters.source import head_of, text_of
from features.columns import from_records
from features.errors import DocumentError, UnreadableFileError
from features.settings import IntakeSettings

_REMEDY = "give SAD documents of ASYCUDA World in XML, in UTF-8"


@dataclass(frozen=True)
class DeclarationReading:
    """The items of a document as canonical records and their lines; or none, and why it was not read."""

    records: tuple[Record, ...]
    lines: tuple[int, ...]
    error: DocumentError | None


def declaration_of(xml: bytes, settings: IntakeSettings) -> DeclarationReading:
    """One document as canonical records, as JSON has them: for files, and for an endpoint that takes XML.

    Never raises for what is in the bytes, reads no file and asks no network. A value that cannot be read
    stays in its record as text, so that `from_records` names it.

    >>> reading = declaration_of(b"<ASYCUDA><Item/></ASYCUDA>", IntakeSettings())
    >>> reading.records, reading.error
    (({'item_no': 1},), None)
    >>> declaration_of(b"<a/>", IntakeSettings()).error.name
    'other_root'
    """
    try:
        document = parse_document(xml, PATHS, settings.asycuda)
    except DocumentError as error:
        return DeclarationReading((), (), error)
    records = records_of(document, settings.asycuda)
    return DeclarationReading(tuple(records), tuple(item.line for item in document.items), None)


class AsycudaXmlAdapter:
    """Files of one or of many documents; a document that is not read costs only itself.

    >>> AsycudaXmlAdapter().name
    'asycuda-xml'
    """

    name = "asycuda-xml"

    def check(self, path: Path) -> None:
        """Raise UnreadableFileError if the file cannot hold documents of ASYCUDA."""
        text = text_of(head_of(path), path, _REMEDY)
        if not text.startswith(b"<") or b"ASYCUDA" not in text:
            raise UnreadableFileError(f"{path.name} begins with no document of ASYCUDA", remedy=_REMEDY)

    def read(self, path: Path, settings: IntakeSettings) -> Iterator[RawChunk]:
        """Chunks of the documents' items, read when asked for."""
        self.check(path)
        total = path.stat().st_size
        gathered = _Gathered()
        with path.open("rb") as file:
            for piece in split_documents(file, settings.asycuda.document_bytes):
                gathered.take(piece, settings)
                while len(gathered) >= settings.chunk_rows:
                    yield gathered.chunk(settings, min(piece.done, total), total)
        if len(gathered):
            yield gathered.chunk(settings, total, total)


class _Gathered:
    """Rows that wait for their chunk: records, or what stands in the quarantine for a document."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, Record | str]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, piece: Piece, settings: IntakeSettings) -> None:
        if piece.xml is None:
            self._refuse(piece, too_large(settings.asycuda.document_bytes))
            return
        reading = declaration_of(piece.xml, settings)
        if reading.error is not None:
            self._refuse(piece, reading.error)
        for line, record in zip(reading.lines, reading.records, strict=True):
            self._rows.append((piece.line + line - 1, record))

    def _refuse(self, piece: Piece, error: DocumentError) -> None:
        self._rows.append((piece.line, f"{error.name}: {error}; {error.remedy}"))

    def chunk(self, settings: IntakeSettings, done: int, total: int) -> RawChunk:
        """The rows that waited longest; documents that were not read stand last, as malformed rows do."""
        some, self._rows = self._rows[: settings.chunk_rows], self._rows[settings.chunk_rows :]
        some.sort(key=lambda row: isinstance(row[1], str))
        reading = from_records([record for _, record in some], time_zone=settings.time_zone)
        lines = np.array([line for line, _ in some], np.int64)
        return RawChunk(Rows(reading.columns, lines, reading.unreadable), None, (), done, total)
