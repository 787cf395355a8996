"""Snapshots and files of the lake that are damaged, gone or foreign: mended, or named with what to do."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from features.encoding import weight_of
from features.lake import Lake
from features.lmdb_profile_store import ABOUT, FILE, LmdbProfileStore, about_of
from features.profile_store import POINTER, building, current
from features.publication import publish_day
from tests.lifecycle.houses import House
from tests.lifecycle.terminal import tamiz

Harm = Callable[[Path, Path], object]


def said(folder: Path, **other: Any) -> None:
    file = folder / ABOUT
    file.write_text(json.dumps(json.loads(file.read_text()) | other))


def garbled(folder: Path, start: int = 0) -> None:
    """Write noise over the entries from a byte on; the size stays."""
    whole = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(whole[:start] + os.urandom(len(whole) - start))


def changed_in_one_bit(folder: Path) -> None:
    whole = bytearray((folder / FILE).read_bytes())
    whole[len(whole) // 2] ^= 1
    (folder / FILE).write_bytes(whole)


def other_base(_: Path, base: Path) -> None:
    """A sound snapshot, but of another day, under the name of the one below."""
    shutil.copytree(base, base.with_name("kept"))
    shutil.rmtree(base)
    day = about_of(base.with_name("kept")).as_of - timedelta(days=9)
    lake = base.parents[1] / "lake"
    publish_day(base.with_name("elsewhere"), Lake(lake), day).folder.rename(base)


HARMS: dict[str, Harm] = {
    "a base that is gone": lambda _, base: shutil.rmtree(base),
    "a base of noise": lambda _, base: garbled(base),
    "a base of noise behind a good head": lambda _, base: garbled(base, 8192),
    "a base with one bit changed": lambda _, base: changed_in_one_bit(base),
    "a base cut short": lambda _, base: os.truncate(base / FILE, 8192),
    "a base of another format": lambda _, base: said(base, format=1),
    "another base in its place": other_base,
    "a layer of noise": lambda top, _: garbled(top, 8192),
    "a layer of another stamp": lambda top, _: said(top, stamp="0123456789abcdef"),
    "a layer that tells of no day": lambda top, _: said(top, as_of=None),
    "a layer with a weight that is no number": lambda top, _: said(top, weight="heavy"),
    "a layer on what is no name": lambda top, _: said(top, below=[1]),
    "a layer that is told as a list": lambda top, _: (top / ABOUT).write_text("[1]"),
    "a pointer to nothing": lambda top, _: (top.parent / POINTER).write_text("2023-01-01\n"),
    "a pointer to another place": lambda top, _: (top.parent / POINTER).write_text("../lake\n"),
    "an empty pointer": lambda top, _: (top.parent / POINTER).write_text(""),
    "a folder that is none of ours": lambda top, _: (top.parent / "2024-07-01.old").mkdir(),
}


@pytest.fixture
def layered(own: House) -> tuple[House, Path, Path]:
    """A house whose current snapshot is a layer on another: the house, the layer, the base."""
    assert tamiz(own.root, "advance").status == 0
    top = current(own.workspace.snapshots)
    (base,) = about_of(top).below
    return own, top, top.with_name(base)


@pytest.mark.parametrize("harm", HARMS)
def test_an_advance_passes_over_a_snapshot_that_is_wrong_and_publishes_the_right_one(
    harm: str, layered: tuple[House, Path, Path]
) -> None:
    own, top, base = layered
    day = about_of(top).as_of
    HARMS[harm](top, base)
    for asked in (day, day + timedelta(days=1)):
        ended = tamiz(own.root, "advance", "--to", asked.isoformat(), "--json")
        assert ended.object["as_of"] == asked.isoformat(), ended.err
        expected = own.history.snapshot(asked)
        with closing(LmdbProfileStore(current(own.workspace.snapshots))) as store:
            assert (store.as_of, store.identity) == (asked, expected.identity)
            assert dict(store.scan(b"")) == expected.packed
            assert weight_of(store.scan(b"")) == store.weight


@pytest.mark.parametrize("table", ["items", "outcomes"])
@pytest.mark.parametrize("harm", ["noise", "cut", "gone"])
def test_a_damaged_file_of_the_lake_is_named_and_the_snapshot_stays(
    harm: str, table: str, layered: tuple[House, Path, Path]
) -> None:
    own, top, _ = layered
    for file in (own.workspace.lake / table).rglob("*.parquet"):
        whole = file.read_bytes()
        harmed = {"noise": whole[:4] + os.urandom(len(whole) - 4), "cut": whole[: len(whole) // 2]}
        file.write_bytes(harmed[harm]) if harm in harmed else file.unlink()
    for asked in (
        (),
        ("--to", (about_of(top).as_of + timedelta(days=1)).isoformat()),
        ("--to", "2026-01-01"),
    ):
        tamiz(own.root, "advance", *asked).refuses(2, "a file of the lake is damaged or gone", "ingest")
    assert current(own.workspace.snapshots) == top
    assert LmdbProfileStore.is_sound(top)


def test_a_day_before_the_newest_snapshot_is_made_from_an_earlier_one_or_anew(
    layered: tuple[House, Path, Path],
) -> None:
    own, _, base = layered
    between, before = (about_of(base).as_of + timedelta(days=days) for days in (1, -1))
    assert tamiz(own.root, "advance", "--to", str(between), "--json").object["since"] == base.name
    assert tamiz(own.root, "advance", "--to", str(before), "--json").object["since"] is None
    expected = own.history.snapshot(before)
    assert LmdbProfileStore.identity_of(current(own.workspace.snapshots)) == expected.identity


def test_of_two_advances_at_once_the_second_is_told_to_wait_and_nothing_is_lost(own: House) -> None:
    before, fingerprint = current(own.workspace.snapshots), own.lake.fingerprint()
    with building(own.workspace.snapshots):
        tamiz(own.root, "advance").refuses(1, "another process writes to these snapshots", "wait until")
    assert current(own.workspace.snapshots) == before
    assert own.lake.fingerprint() != fingerprint
    again = tamiz(own.root, "advance", "--json").object
    expected = own.history.snapshot(date.fromisoformat(again["as_of"]))
    assert LmdbProfileStore.identity_of(current(own.workspace.snapshots)) == expected.identity
