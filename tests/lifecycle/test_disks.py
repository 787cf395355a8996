"""Real disks that are full or read-only: a clear end, nothing lost, and whole once there is room again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.lifecycle.disks import NAMESPACE, SCENES, mounting
from tests.lifecycle.houses import House

PLAY = (
    "import datetime, pathlib, sys\n"
    "from tests.lifecycle.disks import play\n"
    "from tests.lifecycle.houses import House\n"
    "scene, disk, root, world, bundle, today = sys.argv[1:]\n"
    "house = House(pathlib.Path(root), pathlib.Path(world), bundle, datetime.date.fromisoformat(today), ())\n"
    "play(scene, pathlib.Path(disk), house)\n"
)


@pytest.mark.skipif(not mounting(), reason="this machine permits no mount in a user namespace")
@pytest.mark.parametrize("scene", SCENES)
def test_a_disk_that_takes_no_more_loses_nothing_and_the_same_commands_complete_later(
    scene: str, house: House, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    told = (scene, disk, house.root, house.world, house.bundle, house.today)
    done = subprocess.run(
        [*NAMESPACE, sys.executable, "-c", PLAY, *map(str, told)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
