"""The steps by which a process changes what others see: counted, so that it can be killed at any of them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from redis.connection import AbstractConnection

_CHANGES = frozenset({"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "shutil.rmtree"})
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Steps:
    """Counts the steps of this process from now on, and kills it with SIGKILL before step `fatal` (0: never).

    A step is a file that is opened for writing, renamed or removed, a folder that is made or removed, or what
    is sent to Redis, which counts once before it is sent and once after. To count never ends.
    """

    def __init__(self, fatal: int) -> None:
        self.count = 0
        self._fatal = fatal
        sys.addaudithook(self._heard)
        send: Callable[..., Any] = AbstractConnection.send_packed_command

        def sent(*given: Any, **named: Any) -> Any:
            self._step()
            done = send(*given, **named)
            self._step()
            return done

        AbstractConnection.send_packed_command = sent  # type: ignore[method-assign]

    def _heard(self, event: str, told: tuple[Any, ...]) -> None:
        if event in _CHANGES or (event == "open" and _writes(told[2])):
            self._step()

    def _step(self) -> None:
        self.count += 1
        if self.count == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)


def _writes(flags: object) -> bool:
    return isinstance(flags, int) and bool(flags & _WRITES)
