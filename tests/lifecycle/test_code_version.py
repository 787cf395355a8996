"""A model says from which code it was trained."""

from __future__ import annotations

import subprocess
from importlib.metadata import version
from pathlib import Path

from lifecycle.code_version import code_version


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_checkout_is_named_by_its_commit_and_a_changed_one_says_so(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert code_version(tmp_path) == version("tamiz")
    (tmp_path / "module.py").write_text("")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    named = f"{version('tamiz')}+{git(tmp_path, 'rev-parse', '--short=12', 'HEAD')}"
    assert code_version(tmp_path) == named
    (tmp_path / "module.py").write_text("1")
    assert code_version(tmp_path) == f"{named}.changed"
