"""The store of reference tables: below one folder, one folder a kind, to which rows are only added."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl

from customs.errors import TamizError
from features.lake_files import only_writer, write_whole
from features.lake_manifest import Part, read_manifest, sweep, write_manifest
from features.reference.kind import ReferenceKind
from features.reference.reference_table import ReferenceTable
from features.reference.schema import schema_of
from features.row_digest import row_digests

TOLD = "told"
"""Column of a frame to append: true where the source itself says when the row became known."""

_DIGEST = "row_digest"
_FOLDER = "parts"


@dataclass(frozen=True)
class Appended:
    """Rows added, and of those given the ones that were there already or are in conflict with what is there.

    `refused` holds the rows of the same key, valid_from and known_from with other content, with any further
    columns they came with.
    """

    added: int
    repeated: int
    refused: pl.DataFrame


class ReferenceStore:
    """Rows of every kind, all that were ever known, as content-addressed Parquet files and their list.

    The same row again adds nothing, wherever it comes from; a later-known row with the same key and
    valid_from stands beside the earlier one and replaces it from then on.

    >>> from datetime import date, datetime, UTC
    >>> from tempfile import mkdtemp
    >>> from features.reference.kinds import KIND
    >>> from features.reference.schema import frame_of
    >>> store = ReferenceStore(Path(mkdtemp()))
    >>> said = {"source": "gazette", "licence": "free", "known_from": datetime(2023, 12, 1, tzinfo=UTC)}
    >>> row = {"hs_code": "6109", "rate_pct": 11.0, "valid_from": date(2024, 1, 1), **said}
    >>> rows = frame_of(KIND["tariff"], [row])
    >>> store.append(KIND["tariff"], rows).added, store.append(KIND["tariff"], rows).added
    (1, 0)
    >>> store.table(KIND["tariff"]).frame.height
    1
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._held = False

    def table(self, kind: ReferenceKind) -> ReferenceTable:
        """The table of a kind, ready to be looked up; without rows where nothing was ever added."""
        return ReferenceTable.build(kind, self.rows(kind))

    def rows(self, kind: ReferenceKind) -> pl.DataFrame:
        """All rows of a kind, in the columns of `schema.schema_of`, in the order they became known."""
        return self._stored(kind).drop(_DIGEST)

    def append(self, kind: ReferenceKind, frame: pl.DataFrame) -> Appended:
        """Add the rows that are new; the table changes in one step, or not at all.

        A row without `told` (a column that may be absent) only says that something is known by now: it adds
        nothing where the newest known row of its key and valid_from says the same. Raises LakeBusyError if
        another process writes, WriteFailedError if the disk takes no more.
        """
        if TOLD not in frame.columns:
            frame = frame.with_columns(pl.lit(value=True).alias(TOLD))
        frame = frame.with_columns(pl.Series(_DIGEST, row_digests(frame, kind.content), pl.UInt64))
        with self.writing():
            judged = _judged(kind, frame, self._stored(kind))
            new = judged.filter(pl.col("status") == "added").select(*schema_of(kind), _DIGEST)
            if new.height:
                self._commit(kind, new)
        refused = judged.filter(pl.col("status") == "refused").drop("status", _DIGEST, TOLD)
        return Appended(new.height, frame.height - new.height - refused.height, refused)

    def fingerprint(self, kind: ReferenceKind) -> str:
        """SHA-256 over the content of a kind's rows, in whatever order and files they came."""
        rows = self._stored(kind)
        known = rows["known_from"].to_physical().to_numpy().astype(np.uint64)
        each = rows[_DIGEST].to_numpy() ^ (known * np.uint64(0x9E3779B97F4A7C15))
        total = np.add.reduce(each, initial=np.uint64(0))
        return sha256(f"{rows.height}:{int(total)}".encode()).hexdigest()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the store as its only writer, for several appends; LakeBusyError if another process does."""
        if self._held:
            yield
            return
        with only_writer(self.root):
            self._held = True
            try:
                yield
            finally:
                self._held = False

    def _stored(self, kind: ReferenceKind) -> pl.DataFrame:
        folder = self.root / kind.name
        parts = [folder / part.path for part in read_manifest(folder)]
        schema = schema_of(kind) | {_DIGEST: pl.UInt64}
        if not parts:
            return pl.DataFrame(schema=schema)
        return pl.read_parquet(parts, columns=list(schema)).sort("known_from", maintain_order=True)

    def _commit(self, kind: ReferenceKind, new: pl.DataFrame) -> None:
        """Write the new rows as a file, then the list that names it."""
        folder = self.root / kind.name
        parts = read_manifest(folder)
        try:
            sweep(folder, parts)
            write_manifest(folder, (*parts, _written(folder, new)))
        except TamizError:
            sweep(folder, parts)
            raise


def _written(folder: Path, rows: pl.DataFrame) -> Part:
    buffer = BytesIO()
    rows.write_parquet(buffer, compression="zstd", statistics=True)
    content = buffer.getvalue()
    part = Part(f"{_FOLDER}/{sha256(content).hexdigest()[:24]}.parquet", rows.height)
    write_whole(folder / part.path, content)
    return part


def _judged(kind: ReferenceKind, frame: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Each row with its status: added, repeated or refused. The first row of an identity counts."""
    identity, subject = list(kind.identity), list(kind.subject)
    there = stored.select(*identity, pl.col(_DIGEST).alias("there"))
    newest = stored.group_by(subject, maintain_order=True).agg(pl.col(_DIGEST).last().alias("newest"))
    joined = frame.join(there, on=identity, how="left", maintain_order="left", nulls_equal=True).join(
        newest, on=subject, how="left", maintain_order="left", nulls_equal=True
    )
    first = pl.int_range(pl.len()).over(identity) == 0
    reference = pl.coalesce("there", pl.col(_DIGEST).first().over(identity))
    says_nothing_new = ~pl.col(TOLD) & (pl.col("newest") == pl.col(_DIGEST)).fill_null(value=False)
    status = (
        pl.when(says_nothing_new | ((pl.col(_DIGEST) == reference) & ~(pl.col("there").is_null() & first)))
        .then(pl.lit("repeated"))
        .when(pl.col(_DIGEST) == reference)
        .then(pl.lit("added"))
        .otherwise(pl.lit("refused"))
    )
    return joined.with_columns(status.alias("status")).drop("there", "newest")
