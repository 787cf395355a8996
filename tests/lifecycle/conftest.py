"""One small workspace for all tests of the roof, and copies of it for those that change it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.lifecycle.houses import House, built


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A workspace to read; who writes takes `own`."""
    return built(tmp_path_factory.mktemp("house"))


@pytest.fixture
def own(house: House, tmp_path: Path) -> House:
    """A copy that a test may change or spoil."""
    root = tmp_path / "own"
    shutil.copytree(house.root, root)
    return replace(house, root=root)
