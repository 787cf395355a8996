"""Which code is at work: the release, and the commit where it runs from a checkout."""

from __future__ import annotations

import subprocess
from importlib.metadata import version
from pathlib import Path

_CHECKOUT = Path(__file__).parents[1]


def code_version(checkout: Path = _CHECKOUT) -> str:
    """Give the release, behind it the commit of a checkout, and `.changed` where files differ from it.

    >>> code_version(Path("/nowhere")) == version("tamiz")
    True
    """
    release = version("tamiz")
    commit = _git(checkout, "rev-parse", "--short=12", "HEAD") if (checkout / ".git").exists() else ""
    if not commit:
        return release
    changed = _git(checkout, "status", "--porcelain", "--untracked-files=no")
    return f"{release}+{commit}{'.changed' if changed else ''}"


def _git(checkout: Path, *arguments: str) -> str:
    """What git says; nothing where there is no git, or where it will not speak of this folder."""
    try:
        done = subprocess.run(
            ["git", "-C", str(checkout), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
