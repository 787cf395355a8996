"""Houses that tests of the service share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.house import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("engine"))
    yield house
    house.engine.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[House]:
    """A house that a test may spoil."""
    house = House(tmp_path, serving={"watch_seconds": 60})
    yield house
    house.engine.close()
