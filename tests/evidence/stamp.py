"""What a figure came from: commit, sources, Python and cores, and nothing that names the machine."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from functools import cache

from tests.evidence.proof import ROOT

_MEASURED = (":!docs/evidence", ":!benchmarks/results")
"""What is measured changes nothing that is measured."""


def stamp() -> dict[str, object]:
    """Give commit (null before the first), whether it was changed since, Python's version and the cores."""
    head = _git("rev-parse", "--verify", "--quiet", "HEAD")
    return {
        "commit": head or None,
        "dirty": bool(_git("status", "--porcelain", "--", ".", *_MEASURED)),
        "sources": sources(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }


@cache
def sources() -> str:
    """Give a digest of every Python file and lock: cases of other sources are not counted together."""
    digest = hashlib.sha256()
    files = _git("ls-files", "--cached", "--others", "--exclude-standard", "*.py", "requirements.lock")
    for name in sorted(set(files.splitlines())):
        if (ROOT / name).is_file():
            digest.update(f"{name}\0".encode() + hashlib.sha256((ROOT / name).read_bytes()).digest())
    return digest.hexdigest()[:16]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
