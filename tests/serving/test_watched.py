"""What a pointer file names: taken when it is new, tried again when nothing could be said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving.errors import ServingError
from serving.watched import Watched


def test_a_load_that_failed_for_want_of_memory_is_tried_again(tmp_path: Path) -> None:
    pointer, failing = tmp_path / "current", [MemoryError()]
    pointer.write_text("first")

    def load() -> str:
        if failing:
            raise failing.pop()
        return pointer.read_text()

    watched = Watched((pointer,), load)
    with pytest.raises(MemoryError):
        watched.look()
    assert (watched.look(), watched.value) == (True, "first")


def test_what_was_refused_and_is_mended_in_its_place_comes_to_work_by_itself(tmp_path: Path) -> None:
    pointer, bundle = tmp_path / "current", tmp_path / "bundle"
    pointer.write_text("bundle")
    loads: list[bool] = []

    def load() -> str:
        loads.append(bundle.exists())
        if not bundle.exists():
            raise ServingError("the bundle is away", remedy="put it back")
        return bundle.read_text()

    watched = Watched((pointer,), load)
    assert (watched.look(), watched.refused) == (True, "the bundle is away")
    assert not any(watched.look() for _ in range(100))
    assert loads == [False, False], "a refusal is neither repeated in the log nor tried at every look"
    bundle.write_text("mended")
    assert any(watched.look() for _ in range(100))
    assert (watched.value, watched.refused) == ("mended", None)
    assert not any(watched.look() for _ in range(200))
    assert len(loads) == 3
