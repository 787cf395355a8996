"""Which files a table of the lake is made of: a list replaced as a whole, so that a change is one step."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from features.errors import UnreadableFileError
from features.lake_files import write_whole

NAME = "manifest.json"


@dataclass(frozen=True, order=True)
class Part:
    """A Parquet file: its path below the table's folder (`2024-01/<digest>.parquet`), and its rows."""

    path: str
    rows: int

    @property
    def month(self) -> str:
        """The month its rows are of, as 2024-01."""
        return self.path.split("/", 1)[0]


def read_manifest(folder: Path) -> tuple[Part, ...]:
    """The parts of a table; none where nothing was ever written."""
    path = folder / NAME
    try:
        return tuple(Part(**part) for part in json.loads(path.read_bytes())["parts"])
    except FileNotFoundError:
        return ()
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise UnreadableFileError(
            f"the list of files {folder.name}/{NAME} of the lake cannot be read",
            remedy="restore it from a copy, or remove the lake and ingest the sources again",
        ) from error


def write_manifest(folder: Path, parts: tuple[Part, ...]) -> None:
    """Replace the list of parts in one step."""
    content = json.dumps({"parts": [asdict(part) for part in sorted(parts)]}, indent=0)
    write_whole(folder / NAME, content.encode())


def sweep(folder: Path, parts: tuple[Part, ...]) -> None:
    """Remove what an interrupted writer left, and files that a change replaced."""
    kept = {folder / part.path for part in parts}
    for path in folder.glob("*/*"):
        if path not in kept:
            path.unlink(missing_ok=True)
    for path in folder.glob("*.partial"):
        path.unlink(missing_ok=True)
