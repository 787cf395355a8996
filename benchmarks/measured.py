"""A command in a process of its own: how long it takes, and the most memory it ever holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

_LAUNCHER = """
import json, os, sys, time
started = time.perf_counter()
_, status, usage = os.wait4(os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ), 0)
figures = {
    "seconds": round(time.perf_counter() - started, 2),
    "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
    "peak_mib": round(usage.ru_maxrss / 1024, 1),
}
with open(sys.argv[1], "w") as file:
    json.dump(figures, file)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True)
class Measured:
    """Seconds on the clock and of the processor, and the peak of resident memory in MiB (getrusage)."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    stdout: str


def measured(
    arguments: Sequence[str | Path], allowed: Sequence[int] = (0,), *, compiled: Path | None = None
) -> Measured:
    """Run `python ARGUMENTS` and measure it; ChildProcessError where its exit status is not `allowed`.

    `compiled` is a folder where Python keeps what it compiled, for the next command to find.

    Linux counts the memory of whoever starts a program into the program's peak, so a launcher of 10 MiB
    stands between this process and the command.

    >>> measured(["-c", "print(1)"]).stdout
    '1\\n'
    """
    command = [sys.executable, *map(str, arguments)]
    with TemporaryDirectory(prefix="tamiz-measured-") as folder:
        figures = Path(folder) / "figures.json"
        launch = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(figures), *command]
        environment = _environment(compiled) if compiled else None
        done = subprocess.run(launch, capture_output=True, text=True, check=False, env=environment)
        if done.returncode not in allowed:
            raise ChildProcessError(
                f"exit status {done.returncode}: {' '.join(command)}\n{done.stderr[-2000:]}"
            )
        return Measured(**json.loads(figures.read_text()), stdout=done.stdout)


def _environment(compiled: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(compiled)}
