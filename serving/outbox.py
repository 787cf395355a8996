"""Declarations that wait to be decided, in files that their owner alone can read."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

_SUFFIX = ".json"


class Outbox:
    """A folder of request bodies in the order in which they came; nothing of them stands in a name.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     outbox = Outbox(Path(folder) / "outbox")
    ...     outbox.put(b"first")
    ...     outbox.put(b"second")
    ...     outbox.put(b"first")
    ...     [body for _, body in outbox.waiting()]
    [b'first', b'second']
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder

    def put(self, body: bytes) -> None:
        """Keep a body, once, durably."""
        digest = sha256(body).hexdigest()[:32]
        if any(self._folder.glob(f"*-{digest}{_SUFFIX}")):
            return
        path = self._folder / f"{time.time_ns():020d}-{digest}{_SUFFIX}"
        draft = path.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)

    def waiting(self) -> Iterator[tuple[Path, bytes]]:
        """Give the bodies that wait and where they lie, the oldest first."""
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            yield path, path.read_bytes()
