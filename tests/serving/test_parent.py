"""A server process ends with the one that started it, whatever it does with signals meanwhile."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]

DEAF = """
import os, signal, sys, time
from serving.parent import end_with_parent
signal.signal(signal.SIGTERM, lambda number, frame: None)
end_with_parent(os.environ)
print(os.getpid(), flush=True)
time.sleep(60)
"""

STARTER = """
import os, subprocess, sys, time
environment = {**os.environ, "TAMIZ_SERVICE_PARENT": str(os.getpid())}
subprocess.Popen([sys.executable, "-c", sys.argv[1]], env=environment)
time.sleep(60)
"""


def test_a_server_that_hears_no_request_to_end_still_ends_with_its_starter() -> None:
    command = [sys.executable, "-c", STARTER, DEAF]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        try:
            server = Path("/proc") / starter.stdout.readline().strip()
            assert server.is_dir()
        finally:
            starter.kill()
    assert gone(server)


def gone(process: Path) -> bool:
    """True if the process is no more within five seconds."""
    until = time.monotonic() + 5
    while alive(process) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(process)


def alive(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
