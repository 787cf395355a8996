"""What a command writes never takes the place of what it reads, nor of what the workspace keeps."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.lifecycle.houses import House
from tests.lifecycle.terminal import tamiz


@pytest.fixture
def given(house: House, tmp_path: Path) -> Path:
    """A file of declarations."""
    return Path(shutil.copy(house.world / "today.parquet", tmp_path / "given.parquet"))


def named(way: str, given: Path) -> Path:
    """The same file by another name."""
    if way == "itself":
        return given
    if way == "around":
        return given.parent / "elsewhere" / ".." / given.name
    other = given.with_name("other.parquet")
    if way == "symbolic link":
        other.symlink_to(given)
    else:
        os.link(given, other)
    return other


@pytest.mark.parametrize("way", ["itself", "around", "symbolic link", "hard link"])
@pytest.mark.parametrize("words", [("score",), ("features", "compute")])
def test_an_output_that_is_the_input_by_whatever_name_is_refused_and_the_input_stands(
    words: tuple[str, ...], way: str, house: House, given: Path
) -> None:
    (given.parent / "elsewhere").mkdir()
    before = given.read_bytes()
    asked = (*words, given, "--format", "canonical", "-o", named(way, given))
    tamiz(house.root, *asked).refuses(2, "would be lost", "another file")
    assert given.read_bytes() == before


@pytest.mark.parametrize("part", ["--train", "--test", "--valid", "--outcomes"])
def test_scores_of_a_backtest_do_not_take_the_place_of_a_part_of_it(
    part: str, house: House, given: Path
) -> None:
    before = given.read_bytes()
    files = {"--train": house.before, "--test": house.world / "today.parquet", part: given}
    words = [word for option in files.items() for word in option]
    asked = ("backtest", *words, "--format", "canonical", "--scores", given)
    tamiz(house.root, *asked).refuses(2, "would be lost")
    assert given.read_bytes() == before


@pytest.mark.parametrize("place", ["data/ledger.db", "keys/registry.json", "bundles/champion.json"])
def test_an_export_does_not_take_the_place_of_what_the_workspace_keeps(place: str, house: House) -> None:
    there = house.root / place
    before = there.read_bytes() if there.exists() else None
    tamiz(house.root, "audit", "export", "-o", there).refuses(2, "workspace keeps", "outside")
    assert (there.read_bytes() if there.exists() else None) == before


@pytest.mark.parametrize(
    "words",
    [("models", "export", "BUNDLE", "-o"), ("simulate", "world", "-o"), ("monitor", "--html")],
    ids=["models export", "simulate world", "monitor"],
)
def test_no_other_command_writes_among_what_the_workspace_keeps(words: tuple[str, ...], house: House) -> None:
    there = house.root / "data" / "lake" / "more"
    asked = [house.bundle if word == "BUNDLE" else word for word in words]
    tamiz(house.root, *asked, there).refuses(2, "workspace keeps")
    assert not there.exists()
