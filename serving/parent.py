"""A server process that does not outlive the one that started it, even if that one is killed."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import MutableMapping

PARENT = "TAMIZ_SERVICE_PARENT"
"""Environment variable with the id of the process that starts the next one: the runner, then the master."""

_PR_SET_PDEATHSIG = 1


def end_with_parent(environment: MutableMapping[str, str]) -> None:
    """Ask the kernel (Linux) for SIGKILL when the parent dies, and become the parent of what is started next.

    SIGTERM would not do: one that arrives while the server is starting is swallowed, and the server goes on
    with nobody to stop it. What was answered is in the ledger, which a kill does not harm.

    A parent that died before the request could be made is noticed by its id. Without PARENT in the
    environment nothing is done: then nobody started this process as a server.
    """
    expected = environment.get(PARENT)
    if expected is None or sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    environment[PARENT] = str(os.getpid())
    if os.getppid() != int(expected):
        signal.raise_signal(signal.SIGKILL)
