"""The file that a command writes for a person: never one that it reads, nor one of the workspace's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from customs.errors import InputError
from lifecycle.workspace import Workspace


def check_output(output: Path, workspace: Workspace, inputs: Iterable[Path] = ()) -> None:
    """Raise InputError, before anything is written, where writing `output` would destroy what must stay.

    That is a file of `inputs` (a folder stands for the files in it), by whatever path or link, and what the
    workspace keeps.

    >>> check_output(Path("scores.csv"), Workspace(Path("customs")), [Path("items.csv")])
    """
    if any(_same(output, file) for each in inputs for file in _files(each)):
        raise InputError(
            f"{output}: the file to write is a file to read, and would be lost",
            remedy="name another file to write",
        )
    place = output.resolve()
    if any(place.is_relative_to(kept.resolve()) for kept in _kept(workspace)):
        raise InputError(
            f"{output}: there the workspace keeps what it has", remedy="name a file outside of it to write"
        )


def _same(output: Path, file: Path) -> bool:
    try:
        return output.samefile(file)
    except OSError:
        return output.resolve() == file.resolve()


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from path.rglob("*")
    yield path


def _kept(workspace: Workspace) -> tuple[Path, ...]:
    folders = (workspace.lake, workspace.quarantine, workspace.snapshots, workspace.references)
    more = (workspace.tables, workspace.bundles, workspace.keys, workspace.mlruns, workspace.configs)
    stores = (workspace.ledger, workspace.quota)
    logs = (path.with_name(f"{path.name}{end}") for path in stores for end in ("", "-wal", "-shm"))
    return (*folders, *more, *logs, workspace.root / "data" / "advanced")
