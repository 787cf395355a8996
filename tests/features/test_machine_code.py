"""Machine code: kept on the disk for the next process, refused by name, and called by any thread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.machine_code.compiled import compiled, compiled_unlocked
from features.machine_code.lanes import WIDTH, fill, load, store

LOOPS = """
import numpy as np
from features.machine_code.compiled import compiled

STEP = 2

@compiled
def add(numbers: np.ndarray, more: int) -> None:
    for place in range(len(numbers)):
        numbers[place] += more * STEP

@compiled
def count(numbers: np.ndarray, most: float) -> int:
    add(numbers, 1)
    found = 0
    for number in numbers:
        found += number < most
    return found
"""
CALL = """
import json, sys
import numpy as np
from loops import count
print(json.dumps([count(np.arange(5.0), 4.5), "numba" in sys.modules]))
"""


class Folder:
    """A module of loops, and processes that call it."""

    def __init__(self, root: Path) -> None:
        self.root, self.source = root, root / "loops.py"
        self.home = root / "home"
        self.source.write_text(LOOPS, encoding="utf-8")

    def call(self) -> tuple[int, bool]:
        """Give what a new process counts, and whether it started the compiler."""
        environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPYCACHEPREFIX"},
            "PYTHONPATH": f"{self.root}:{Path(__file__).parents[2]}",
            "XDG_CACHE_HOME": str(self.home),
        }
        done = subprocess.run(
            [sys.executable, "-c", CALL],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        counted, started = json.loads(done.stdout)
        return counted, started

    def kept(self) -> list[Path]:
        return sorted(self.root.rglob("*.o"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_the_next_process_has_the_code_without_the_compiler(folder: Folder) -> None:
    assert folder.call() == (3, True)
    assert [path.parent.name for path in folder.kept()] == ["__pycache__"]
    assert folder.call() == (3, False)


@pytest.mark.parametrize(
    ("old", "new", "counted"),
    [
        ("STEP = 2", "STEP = 3", 2),
        ("numbers[place] +=", "numbers[place] -=", 5),
        ("number < most", "number > most", 2),
    ],
)
def test_what_was_made_of_another_text_is_not_taken(folder: Folder, old: str, new: str, counted: int) -> None:
    folder.call()
    folder.source.write_text(LOOPS.replace(old, new), encoding="utf-8")
    assert folder.call() == (counted, True)
    assert len(folder.kept()) == 1


@pytest.mark.parametrize("damage", [b"", b"nonsense" * 100, None])
def test_a_damaged_file_is_made_anew(folder: Folder, damage: bytes | None) -> None:
    folder.call()
    (kept,) = folder.kept()
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if damage is None else damage)
    assert folder.call() == (3, True)
    assert folder.call() == (3, False)


def test_the_users_cache_serves_where_the_source_lies_in_a_closed_folder(folder: Folder) -> None:
    (folder.root / "__pycache__").write_text("no folder")
    assert folder.call() == (3, True)
    assert [path.parent for path in folder.kept()] == [folder.home / "tamiz"]
    assert folder.call() == (3, False)


def test_without_any_folder_each_process_compiles_for_itself(folder: Folder) -> None:
    (folder.root / "__pycache__").write_text("no folder")
    folder.home.write_text("no folder")
    assert folder.call() == folder.call() == (3, True)


@compiled
def _first_of(numbers: Any) -> float:
    return numbers[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([1.0], "argument 1 is no array, whole number or float, but list"),
        (None, "argument 1 is no array, whole number or float, but NoneType"),
        (np.float64(1), "argument 1 is no array, whole number or float, but float64"),
        (
            np.zeros((3, 2)).T,
            r"argument 1 is no C-contiguous array of numbers, but <f8 \(2, 3\) with strides",
        ),
        (np.array(["a"], object), "argument 1 is no C-contiguous array of numbers, but |O"),
        (np.array([1], ">i4"), "argument 1 is no C-contiguous array of numbers, but >i4"),
        (
            np.frombuffer(b"123456789", np.int32, 1, 1),
            "argument 1 is no C-contiguous array of numbers, but <i4",
        ),
    ],
)
def test_what_cannot_be_taken_is_named(given: Any, said: str) -> None:
    assert _first_of(np.array([7], np.int32)) == 7
    with pytest.raises(TypeError, match=said):
        _first_of(given)


@compiled
def _makes_an_array(numbers: Any) -> None:
    numbers[:] = np.cumsum(numbers)


@compiled
def _takes_a_text(numbers: Any) -> None:
    numbers[0] = len(numbers.name)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (_makes_an_array, "_makes_an_array makes arrays or raises: it calls "),
        (_takes_a_text, "_takes_a_text cannot be compiled"),
    ],
)
def test_a_function_that_cannot_be_compiled_is_named(function: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        function(np.zeros(2))


@compiled_unlocked
def _sum(numbers: Any, times: int) -> int:
    found = 0
    for _ in range(times):
        for number in numbers:
            found += number
    return found


@given(kinds=st.lists(st.sampled_from(["i1", "u2", "i4", "i8"]), min_size=1, max_size=20))
def test_arrays_of_any_type_may_follow_each_other(kinds: list[str]) -> None:
    for kind in kinds:
        assert _sum(np.array([1, 2, 3], kind), 2) == 12


@compiled
def _along(first: Any, second: Any, factor: float, found: Any) -> None:
    total = fill(0.0)
    for place in range(0, len(first), WIDTH):
        one = load(first, place)
        one *= fill(factor)
        total += one - load(second, place) * one
        store(found, place, total)


@given(numbers=arrays(np.float64, (2, 3 * WIDTH), elements=st.floats(-1e9, 1e9)), factor=st.floats(-1e9, 1e9))
def test_lanes_give_the_bits_that_plain_python_gives(numbers: Any, factor: float) -> None:
    found, plain = np.empty((2, 3 * WIDTH))
    _along(*numbers, factor, found)
    _along.py_func(*numbers, factor, plain)  # type: ignore[attr-defined]
    assert found.tobytes() == plain.tobytes()


def test_threads_may_call_with_arrays_of_different_types() -> None:
    given = [np.arange(1_000, dtype=kind) for kind in ("i4", "i8", "u2")]
    with ThreadPoolExecutor(8) as threads:
        found = threads.map(lambda place: _sum(given[place % 3], 100), range(300))
        assert set(found) == {100 * sum(range(1_000))}
