"""The folder of a bundle: read with suspicion, written whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from scoring.errors import BundleRefusedError

_NAME = re.compile(r"[a-z0-9_]{1,40}\.(txt|json|md)")
_FILES = 32
_LARGEST = 256 * 1024 * 1024
_AGAIN = "take the bundle again from where it was made, or roll back to another"


def read_files(folder: Path) -> dict[str, bytes]:
    """Give the content of every file of a bundle's folder, each read once.

    Refused: a folder that is none or is a link, links, folders and devices within, names that no bundle has,
    more than 32 files, more than 256 MiB in all.
    """
    if folder.is_symlink() or not folder.is_dir():
        raise BundleRefusedError("there is no bundle folder of that name", remedy="name a folder of bundles/")
    contents: dict[str, bytes] = {}
    left = _LARGEST
    for name in sorted(path.name for path in folder.iterdir()):
        if not _NAME.fullmatch(name) or len(contents) >= _FILES:
            raise BundleRefusedError(f"{name!r} does not belong to the bundle", remedy=_AGAIN, file=name)
        contents[name] = _read(folder / name, left)
        left -= len(contents[name])
    return contents


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write the files into a new folder that appears at once, on disk, with all of them or not at all.

    FileExistsError or OSError where a folder of that name stands already.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in contents.items():
            _write(building / name, content)
        building.chmod(0o755)
        _sync(building)
        building.rename(folder)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    _sync(folder.parent)


def _read(path: Path, bound: int) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise BundleRefusedError(f"{path.name} cannot be opened", remedy=_AGAIN, file=path.name) from error
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise BundleRefusedError(f"{path.name} is no plain file", remedy=_AGAIN, file=path.name)
    with os.fdopen(handle, "rb") as file:
        content = file.read(status.st_size + 1) if status.st_size <= bound else b""
    if status.st_size > bound or len(content) > bound:
        raise BundleRefusedError(f"{path.name} is too large for a bundle", remedy=_AGAIN, file=path.name)
    return content


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
