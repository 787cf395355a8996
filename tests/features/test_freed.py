"""Large blocks go back to the system when they are free, whatever lies between them."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

HELD = """
import sys
import numpy as np
from features.history.freed import LARGE, give_back_large_blocks

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

def blocks(size):
    return [np.ones(size, np.uint8) for _ in range(12)]

if sys.argv[1] == "yes":
    give_back_large_blocks()
del (first := [blocks(5 * LARGE)])[0]
before, kept = resident(), []
for _ in range(3):
    large = []
    for block in range(12):
        large.append(np.ones(LARGE + 4096, np.uint8))
        kept.append(np.ones(100_000, np.uint8))
    del large
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has no such setting")
def test_large_blocks_between_small_ones_are_given_back() -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}

    def left(asked: str) -> int:
        run = [sys.executable, "-c", HELD, asked]
        return int(subprocess.run(run, check=True, capture_output=True, text=True, env=own).stdout)

    assert left("yes") < 12_000_000
    assert left("no") > 3 * left("yes")
