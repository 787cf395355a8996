"""The store of reference tables: below one folder, one folder a kind, to which rows are only added."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl

from customs.errors import TamizError
from features.lake_files import only_writer
from features.lake_manifest import sweep, write_manifest
from features.reference.kind import ReferenceKind
from features.reference.part_file import listed_parts, read_part, write_part
from features.reference.reference_table import ReferenceTable
from features.reference.schema import schema_of
from features.row_digest import row_digests

TOLD = "told"
"""Column of a frame to append: true where the source itself says when the row became known."""

_DIGEST = "row_digest"


@dataclass(frozen=True)
class Extent:
    """What a table was at a time: its rows, the newest day on which one became known, its fingerprint."""

    rows: int
    newest_known: date
    fingerprint: str


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
        """All rows of a kind, in the columns of `schema.schema_of`, in the order they became known.

        Raises DamagedTableError where a file of the table is gone, or is not what was written.
        """
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

    def extent(self, kind: ReferenceKind) -> Extent | None:
        """What a kind's table is now; None where nothing was ever added."""
        rows = self.rows(kind)
        newest = max(rows["known_date"].to_list(), default=None)
        return Extent(rows.height, newest, self.fingerprint(kind)) if newest else None

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
        folder, schema = self.root / kind.name, schema_of(kind) | {_DIGEST: pl.UInt64()}
        frames = [read_part(folder, part, schema) for part in listed_parts(folder)]
        return pl.concat([pl.DataFrame(schema=schema), *frames]).sort("known_from", maintain_order=True)

    def _commit(self, kind: ReferenceKind, new: pl.DataFrame) -> None:
        """Write the new rows as a file, then the list that names it.

        A table begins with an empty list, so that files without one are known to have lost it.
        """
        folder = self.root / kind.name
        parts = listed_parts(folder)
        try:
            if not parts:
                write_manifest(folder, parts)
            sweep(folder, parts)
            write_manifest(folder, (*parts, write_part(folder, new)))
        except TamizError:
            sweep(folder, parts)
            raise


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
