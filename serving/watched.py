"""Something that a pointer file names and that may change while the service runs: swapped, never dropped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from customs.errors import TamizError

T = TypeVar("T")
Stamp = tuple[tuple[int, int, int] | None, ...]

_AGAIN = 60
"""Looks after which what was refused is loaded again: it may have been mended where it lies."""


class Watched(Generic[T]):
    """Holds what `load` gives, and loads it again when one of the `files` changes.

    The first file is the pointer: without it nothing is loaded. What cannot be loaded is refused with its
    reason in `refused`, and the one before stays at work, if `may_stay` says so of it: else nothing does.
    It is loaded again from time to time, for a file put back does not touch the pointer.
    What fails for another reason (no memory, no process to be had) is passed on and tried at the next look.
    `value` is replaced in one step, so whoever took it keeps a whole one.

    >>> import tempfile
    >>> pointer = Path(tempfile.mkdtemp()) / "current"
    >>> watched = Watched((pointer,), lambda: pointer.read_text())
    >>> watched.look(), watched.value
    (False, None)
    >>> _ = pointer.write_text("first")
    >>> watched.look(), watched.value, watched.look()
    (True, 'first', False)
    """

    def __init__(
        self,
        files: Sequence[Path],
        load: Callable[[], T],
        may_stay: Callable[[T], bool] = lambda _: True,
    ) -> None:
        self.value: T | None = None
        self.refused: str | None = None
        self._files = files
        self._load = load
        self._may_stay = may_stay
        self._stamp: Stamp | None = None
        self._looks = 0

    def look(self) -> bool:
        """Load if there is something new; True if the value or the refusal changed."""
        stamp = tuple(_stamp(file) for file in self._files)
        self._looks += 1
        same = stamp == self._stamp and (self.refused is None or self._looks < _AGAIN)
        if same or stamp[0] is None:
            return False
        self._looks, refused = 0, self.refused
        try:
            self.value, self.refused = self._load(), None
        except TamizError as error:
            self.refused = str(error)
            if self.value is not None and not self._may_stay(self.value):
                self.value = None
        again, self._stamp = stamp == self._stamp, stamp
        return not again or self.refused != refused


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
