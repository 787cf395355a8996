"""What a pointer file names: taken when it is new, tried again when nothing could be said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

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
