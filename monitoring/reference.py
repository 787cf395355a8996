"""What a bundle saw when it was made: features and scores of a sample, without identifiers.

Kept as Parquet, stamped with the bundle's id, so that no period is compared with another model's past.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from monitoring.atomic_file import write_whole
from monitoring.chunks import Vocabulary, chunk
from monitoring.errors import ReferenceMissingError, ReferenceRefusedError

_STAMP = "tamiz.bundle"


def write_reference(
    path: Path, frame: pl.DataFrame, bundle_id: str, vocabulary: Vocabulary, *, rows: int, seed: int
) -> int:
    """Keep at most `rows` items of a frame as the reference of a bundle, and give how many were kept."""
    kept = chunk(frame, vocabulary, rows=rows, seed=seed).frame
    write_whole(path, lambda part: kept.write_parquet(part, metadata={_STAMP: bundle_id}))
    return kept.height


def read_reference(path: Path, bundle_id: str, names: Iterable[str] = ()) -> pl.DataFrame:
    """Give the reference of a bundle.

    Raises ReferenceMissingError where there is none, ReferenceRefusedError where it is another bundle's,
    lacks one of `names` (the recipe's), or cannot be read.
    """
    if not path.is_file():
        raise ReferenceMissingError(
            f"bundle {bundle_id} has no reference",
            remedy="train again: training keeps the reference of its bundle",
        )
    try:
        stamp = pl.read_parquet_metadata(path).get(_STAMP)
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _refused(f"the reference of bundle {bundle_id} cannot be read") from error
    if stamp != bundle_id:
        raise _refused(f"the reference is of bundle {stamp}, not of {bundle_id}")
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise _refused(f"the reference of bundle {bundle_id} lacks the column '{absent[0]}'")
    return frame


def _refused(message: str) -> ReferenceRefusedError:
    return ReferenceRefusedError(message, remedy="train again: training keeps the reference of its bundle")
