"""A small file of secrets: made once, durable, and for its owner alone."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ledger.errors import VaultError


def make_private(path: Path, fields: Mapping[str, object]) -> None:
    """Make the file with these fields, if there is none: of several processes at once one makes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path, fields)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    _sync(path.parent)


def replace_private(path: Path, fields: Mapping[str, object]) -> None:
    """Put a file with these fields in the place of the one that is there, in one step."""
    _draft(path, fields).replace(path)
    _sync(path.parent)


def read_private(path: Path, what: str) -> dict[str, Any]:
    """Give the fields of the file; VaultError if it is damaged or open to others, named as `what`."""
    if path.stat().st_mode & 0o077:
        raise VaultError(f"the {what} can be read by others", remedy=f"chmod 600 {path}")
    try:
        fields = json.loads(path.read_text("ascii"))
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise damaged(path, what)
    return fields


def damaged(path: Path, what: str) -> VaultError:
    """Give the error of a file that does not hold what it should."""
    return VaultError(f"the {what} file is damaged", remedy=f"restore {path.name} from its backup")


def _draft(path: Path, fields: Mapping[str, object]) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(json.dumps(fields))
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
