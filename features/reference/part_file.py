"""A part of a reference table: a file of rows, named by the digest of its bytes and held to it when read."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from features.errors import UnreadableFileError
from features.lake_files import write_whole
from features.lake_manifest import NAME, Part, read_manifest
from features.reference.errors import DamagedTableError

_FOLDER = "parts"


def listed_parts(folder: Path) -> tuple[Part, ...]:
    """Give the parts that a table is made of, none where nothing was ever added.

    Raises DamagedTableError where the list cannot be read, or is gone while parts are there.
    """
    if not (folder / NAME).exists() and any(folder.glob(f"{_FOLDER}/*.parquet")):
        raise _damaged(folder, NAME, "is gone")
    try:
        return read_manifest(folder)
    except UnreadableFileError as error:
        raise _damaged(folder, NAME, "cannot be read") from error


def read_part(folder: Path, part: Part, schema: Mapping[str, Any]) -> pl.DataFrame:
    """Give the rows of a part in the columns of the schema.

    Raises DamagedTableError where the file is gone, or is not to the byte what was written.
    """
    content = _content(folder, part)
    if _name(content) != part.path:
        raise _damaged(folder, part.path, "is not what was written")
    try:
        rows = pl.read_parquet(BytesIO(content), columns=list(schema))
    except pl.exceptions.PolarsError as error:
        raise _damaged(folder, part.path, "has not the columns of its kind") from error
    if rows.height != part.rows or rows.schema != pl.Schema(schema):
        raise _damaged(folder, part.path, "has not the rows or columns that were written")
    return rows


def write_part(folder: Path, rows: pl.DataFrame) -> Part:
    """Write rows as a part of the table; WriteFailedError if the disk takes no more."""
    buffer = BytesIO()
    rows.write_parquet(buffer, compression="zstd", statistics=True)
    content = buffer.getvalue()
    part = Part(_name(content), rows.height)
    write_whole(folder / part.path, content)
    return part


def _content(folder: Path, part: Part) -> bytes:
    try:
        return (folder / part.path).read_bytes()
    except FileNotFoundError as error:
        raise _damaged(folder, part.path, "is gone") from error
    except (OSError, TypeError, ValueError) as error:
        raise _damaged(folder, part.path, "cannot be read") from error


def _name(content: bytes) -> str:
    return f"{_FOLDER}/{sha256(content).hexdigest()[:24]}.parquet"


def _damaged(folder: Path, file: str, how: str) -> DamagedTableError:
    where = "/".join(folder.parts[-3:])
    return DamagedTableError(
        f"the reference table {folder.name} is damaged: {file} {how}",
        remedy=f"restore {where} from a copy; or remove it and add the table's files again, the originals, "
        "each with --retrieved-at of its day where rows do not say known_from",
    )
