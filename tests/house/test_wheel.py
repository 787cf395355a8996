"""What is installed can do what a clone can."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

TELL = """
import features.adapters as adapters
for adapter in adapters.ADAPTERS.values():
    getattr(adapter, "mapping", None)
print(adapters.__file__, *sorted(adapters.ADAPTERS))
"""
HOUSE = Path(__file__).parents[2]


def test_a_wheel_brings_the_mapping_files_and_finds_them(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=HOUSE, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    sources = {path.name for path in (HOUSE / "configs" / "sources").iterdir()}
    assert {path.name for path in (tmp_path / "installed/features/adapters/sources").iterdir()} == sources
    told = subprocess.run(
        [sys.executable, "-c", TELL],
        cwd=tmp_path / "installed",
        env={"PYTHONPATH": str(tmp_path / "installed")},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert told[0].startswith(str(tmp_path / "installed"))
    assert told[1:] == ["asycuda-xml", "canonical", "comex", "date", "kcs"]
