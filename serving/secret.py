"""A secret of 32 random bytes in a file of its own, made once, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from serving.errors import ServingInputError

_BYTES = 32


def secret(path: Path, *, new: bool = True) -> bytes:
    """Give the secret in the file, made if there is none and it may be `new`.

    Raises ServingInputError if it is damaged, or gone where it may not be new. Of processes that start
    together, all get the secret of the one that was first.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = secret(Path(folder) / "draw.key")
    ...     len(first), secret(Path(folder) / "draw.key") == first
    (32, True)
    """
    if new and not path.exists():
        _make(path)
    if not path.exists():
        raise ServingInputError(f"{path.name} is gone", remedy="restore it from a backup; none is made anew")
    kept = path.read_bytes()
    if len(kept) != _BYTES:
        raise ServingInputError(
            f"{path.name} does not hold {_BYTES} bytes", remedy="restore it from a backup"
        )
    return kept


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
