"""A table of the lake: Parquet files by month, to which each row is added once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import file_digest, sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from customs.declaration import KEY, Field
from customs.errors import TamizError
from features.lake_files import collected, lake_damaged, write_whole
from features.lake_manifest import Part, read_manifest, sweep, write_manifest
from features.row_digest import row_digests

_DIGEST = "row_digest"
_PART = "part"
_KNOWN = "known_at"
_KEY = list(KEY)
_NAME = 24
"""Hexadecimal digits of a file's SHA-256 that are its name."""

_TOGETHER = 8_192
"""Rows of a file that are read together: those of some days, so that a reader passes over the others."""


@dataclass(frozen=True)
class Appended:
    """What became of the rows: added, equal to rows that were there, and those in conflict with them.

    Rows are equal that say the same, whenever they came to be known: the first stands. `refused` holds the
    rows whose key was there with other content, with any further columns they came with.
    """

    added: int
    repeated: int
    refused: pl.DataFrame


class LakeTable:
    """Rows by (declaration_id, item_no, version), in files by the month of one of their dates.

    With `follows_first` that date of a declaration's later versions is the one of its lowest version, in
    whatever order they come in; the lowest may stand in one of the `earlier` tables.
    """

    def __init__(
        self,
        folder: Path,
        fields: Sequence[Field],
        schema: Mapping[str, Any],
        date: str,
        *,
        follows_first: bool,
        earlier: Sequence[LakeTable] = (),
    ) -> None:
        self._folder = folder
        self._fields = fields
        self._schema = dict(schema)
        self._date = date
        self._follows_first = follows_first
        self._earlier = earlier

    def scan(self, months: tuple[str | None, str | None] = (None, None)) -> pl.LazyFrame:
        """All rows, of files between two months (both included) where given."""
        first, last = months
        parts = [
            part
            for part in read_manifest(self._folder)
            if (first is None or part.month >= first) and (last is None or part.month <= last)
        ]
        if not parts:
            return pl.LazyFrame(schema=self._schema)
        return pl.scan_parquet([self._folder / part.path for part in parts]).select(list(self._schema))

    def months(self) -> tuple[str, ...]:
        """The months of which there are rows, as 2024-01, in order."""
        return tuple(sorted({part.month for part in read_manifest(self._folder)}))

    def parts(self) -> tuple[str, ...]:
        """Paths of the files, below the folder."""
        return tuple(part.path for part in read_manifest(self._folder))

    def earliest(self, part: str) -> date | None:
        """The earliest of the later of the dates that a row of a file has; None without rows."""
        dates = [name for name, dtype in self._schema.items() if dtype == pl.Date]
        frame = pl.scan_parquet(self._folder / part).select(pl.max_horizontal(dates).min())
        found: Any = collected(frame).item()
        return None if found is None else date.fromisoformat(found.isoformat())

    def check(self, part: str) -> None:
        """Raise UnreadableFileError if a file is not to the byte what was written under its name.

        A file is read for that once in the life of a process.
        """
        path = self._folder / part
        try:
            status = path.stat()
            found = _digest_of(path, status.st_ino, status.st_mtime_ns, status.st_size)
        except OSError as error:
            raise lake_damaged(f"{self._folder.name}/{part}") from error
        if found != path.stem:
            raise lake_damaged(f"{self._folder.name}/{part}")

    def append(self, frame: pl.DataFrame) -> Appended:
        """Add the rows that are new. The table changes in one step, or not at all."""
        if frame.is_empty():
            return Appended(0, 0, frame)
        frame = frame.with_columns(pl.Series(_DIGEST, row_digests(frame, self._fields), pl.UInt64))
        known = self._known(frame["declaration_id"])
        judged = _judged(frame, known)
        new = judged.filter(pl.col("status") == "added").select(*self._schema, _DIGEST)
        other = judged.filter(pl.col("status") == "refused").drop("status", _DIGEST)
        refused = other.filter(~self._said_before(other, new, known)) if other.height else other
        if new.height:
            self._commit(new, known)
        return Appended(new.height, frame.height - new.height - refused.height, refused)

    def _said_before(self, other: pl.DataFrame, new: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
        """True for rows that differ from the one of their key, here or new, only in when they were known."""
        keys = other.select(_KEY).unique()
        said = [field for field in self._fields if field.name != _KNOWN]
        names = [field.name for field in said]
        parts = known.join(keys, on=_KEY, how="semi")[_PART].unique().to_list()
        held = (
            [collected(pl.scan_parquet(parts).select(names).join(keys.lazy(), on=_KEY, how="semi"))]
            if parts
            else []
        )
        there = pl.concat([*held, new.select(names).join(keys, on=_KEY, how="semi")])
        mine, theirs = (
            rows.select(_KEY).with_columns(pl.Series(_DIGEST, row_digests(rows, said), pl.UInt64))
            for rows in (other, there)
        )
        joined = mine.join(theirs, on=_KEY, how="left", maintain_order="left", suffix="_there")
        return joined[_DIGEST].eq_missing(joined[f"{_DIGEST}_there"])

    def fingerprint(self) -> bytes:
        """A digest of all rows, whatever files they are in and in whatever order they came."""
        total, rows = np.uint64(0), 0
        for part in read_manifest(self._folder):
            frame = collected(pl.scan_parquet(self._folder / part.path).select(_DIGEST))
            digests = frame[_DIGEST].to_numpy()
            total = np.add.reduce(digests, initial=total)
            rows += len(digests)
        return sha256(f"{rows}:{int(total)}".encode()).digest()

    def sweep(self) -> None:
        """Remove what an interrupted writer left."""
        sweep(self._folder, read_manifest(self._folder))

    def _known(self, declarations: pl.Series) -> pl.DataFrame:
        """Keys, dates and digests of the rows there are of these declarations, and the file each is in.

        A streaming scan of the key columns only; files are passed over whose range of ids holds none of them.
        """
        wanted = [*_KEY, self._date, _DIGEST]
        parts = read_manifest(self._folder)
        schema = {name: self._schema.get(name, pl.UInt64) for name in wanted} | {_PART: pl.String}
        if not parts:
            return pl.DataFrame(schema=schema)
        ids = declarations.unique().alias("declaration_id")
        return collected(
            pl.scan_parquet([self._folder / part.path for part in parts], include_file_paths=_PART)
            .select(*wanted, _PART)
            .filter(pl.col("declaration_id").is_between(pl.lit(ids.min()), pl.lit(ids.max())))
            .join(ids.to_frame().lazy(), on="declaration_id", how="semi")
        )

    def _commit(self, new: pl.DataFrame, known: pl.DataFrame) -> None:
        """Write the new rows, and again the files whose rows move to another date; then the list of files."""
        try:
            parts, replaced = read_manifest(self._folder), set[str]()
            starts = self._starts(new, known)
            written = self._write(_dated(new, starts, self._date))
            for path, moved in _moved(known, starts, self._date):
                replaced.add(str(Path(path).relative_to(self._folder)))
                concerned = starts.join(moved, on="declaration_id", how="semi")
                written += self._write(_dated(collected(pl.scan_parquet(path)), concerned, self._date))
            kept = [part for part in parts if part.path not in replaced]
            write_manifest(self._folder, tuple({*kept, *written}))
        except TamizError:
            self.sweep()
            raise

    def _starts(self, new: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
        """Lowest version of each declaration that has several, and the first date of its rows."""
        names = [*_KEY, self._date]
        rows = pl.concat([known.select(names), new.select(names)])
        rows = pl.concat([rows, *self._begun(rows)]) if self._follows_first else rows.clear()
        version, of_declaration = pl.col("version"), "declaration_id"
        lowest = version.min().over(of_declaration)
        return (
            rows.filter((version.max().over(of_declaration) > lowest) & (version == lowest))
            .group_by(of_declaration)
            .agg(version.first().alias("lowest"), pl.col(self._date).min().alias("start"))
        )

    def _begun(self, rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """What the earlier tables have of declarations without a first version among the rows."""
        without = rows.group_by("declaration_id").agg(pl.col("version").min()).filter(pl.col("version") > 1)
        for table in self._earlier if without.height else ():
            yield table._known(without["declaration_id"]).select(rows.columns)

    def _write(self, rows: pl.DataFrame) -> list[Part]:
        months = rows.with_columns(pl.col(self._date).dt.strftime("%Y-%m").alias("month"))
        return [
            self._write_month(str(month), part.drop("month")) for (month,), part in months.group_by("month")
        ]

    def _write_month(self, month: str, rows: pl.DataFrame) -> Part:
        buffer = BytesIO()
        rows.sort(self._date, *_KEY).write_parquet(
            buffer, compression="zstd", statistics=True, row_group_size=_TOGETHER
        )
        content = buffer.getvalue()
        part = Part(f"{month}/{sha256(content).hexdigest()[:_NAME]}.parquet", rows.height)
        write_whole(self._folder / part.path, content)
        return part


@lru_cache(maxsize=100_000)
def _digest_of(path: Path, *_: int) -> str:
    """The name of a file by its content; the numbers tell it from another in its place."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()[:_NAME]


def _judged(frame: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Each row with its status: added, repeated or refused. The first row of a key counts."""
    there = known.select(*_KEY, pl.col(_DIGEST).alias("there"))
    first = pl.int_range(pl.len()).over(_KEY) == 0
    reference = pl.coalesce("there", pl.col(_DIGEST).first().over(_KEY))
    status = (
        pl.when(pl.col("there").is_null() & first)
        .then(pl.lit("added"))
        .when(pl.col(_DIGEST) == reference)
        .then(pl.lit("repeated"))
        .otherwise(pl.lit("refused"))
    )
    joined = frame.join(there, on=_KEY, how="left", maintain_order="left")
    return joined.with_columns(status.alias("status")).drop("there")


def _dated(rows: pl.DataFrame, starts: pl.DataFrame, date: str) -> pl.DataFrame:
    """Rows of versions above the lowest, moved to the date on which their declaration started."""
    later = pl.col("version") > pl.col("lowest")
    joined = rows.join(starts, on="declaration_id", how="left", maintain_order="left")
    moved = pl.when(later.fill_null(value=False)).then("start").otherwise(date)
    return joined.with_columns(moved.alias(date)).select(rows.columns)


def _moved(known: pl.DataFrame, starts: pl.DataFrame, date: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """Files that hold rows whose date is no longer right, with the declarations concerned."""
    joined = known.join(starts, on="declaration_id", how="inner")
    wrong = joined.filter((pl.col("version") > pl.col("lowest")) & (pl.col(date) != pl.col("start")))
    for (path,), rows in wrong.group_by(_PART):
        yield str(path), rows.select("declaration_id").unique()
