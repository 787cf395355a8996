"""What a process and all that came of it take, as Linux tells."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def children(process: int) -> list[int]:
    """Give the ids of a process's own children."""
    with suppress(OSError):
        return [*map(int, Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split())]
    return []


def family(process: int) -> list[int]:
    """Give a process and all that came of it and lives.

    >>> family(os.getpid())[0] == os.getpid()
    True
    """
    found = [process]
    for one in found:
        found += children(one)
    return found


def cpu_seconds(process: int) -> float:
    """Give the CPU time of a process and of all that came of it and lives."""
    ticks = 0
    for one in family(process):
        with suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(") ")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mib(process: int, *, alone: bool = False) -> float:
    """Give the memory of a process and of all that came of it, in MiB; what they share counts once (PSS).

    `alone` leaves out what came of it.
    """
    kilobytes = 0
    for one in [process] if alone else family(process):
        with suppress(OSError):
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
            kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1024
