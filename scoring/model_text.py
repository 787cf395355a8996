"""Whether the text of a LightGBM model is whole: read as text, before LightGBM reads it.

LightGBM crashes, hangs or silently mispredicts on damaged text. Signature and digests already say that the
text is the trainer's; this catches a text that was never right. Its time is that of reading the numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.errors import BoosterError

_REMEDY = "train the model again: its text is not what LightGBM writes"
_PER_LEAF = ("leaf_value",)
_PER_SPLIT = ("split_feature", "threshold", "decision_type", "left_child", "right_child")
_HEADER = ("num_class=1", "num_tree_per_iteration=1")


def check_text(text: str) -> int:
    """Give the number of trees of a whole model; BoosterError names what is wrong with another.

    >>> check_text("tree")
    Traceback (most recent call last):
    scoring.errors.BoosterError: the header lacks tree_sizes
    """
    head, _, body = text.partition("\n\n")
    header = _fields(head.split("\n"))
    for name in ("tree_sizes", "feature_names", "feature_infos", "max_feature_idx"):
        _demand(name in header, f"the header lacks {name}")
    _demand(head.startswith("tree\nversion=v4\n"), "the header is not of version 4")
    _demand(all(line in head.split("\n") for line in _HEADER), "the model is not of a single class")
    columns = len(header["feature_names"].split())
    _demand(header["max_feature_idx"] == str(columns - 1), "the number of columns differs from their names")
    _demand(
        len(header["feature_infos"].split()) == columns, "the number of columns differs from their ranges"
    )
    _demand(header["tree_sizes"].replace(" ", "").isdecimal(), "the header lacks the sizes of trees")
    sizes = [int(size) for size in header["tree_sizes"].split()]
    start = 0
    for number, size in enumerate(sizes):
        _check_tree(number, body[start : start + size], columns)
        start += size
    _demand(body[start:].startswith("end of trees\n"), "the trees do not end where the header says")
    return len(sizes)


def _check_tree(number: int, block: str, columns: int) -> None:
    lines = block.strip("\n").split("\n")
    _demand(lines[0] == f"Tree={number}", f"tree {number} does not begin where the header says")
    fields = _fields(lines[1:])
    leaves = int(_numbers(number, fields, "num_leaves", 1)[0])
    _demand(leaves >= 1, f"tree {number} has no leaves")
    for name in _PER_LEAF:
        _demand(bool(np.isfinite(_numbers(number, fields, name, leaves)).all()), f"tree {number}: {name}")
    if leaves > 1:
        split = {name: _numbers(number, fields, name, leaves - 1) for name in _PER_SPLIT}
        used = split["split_feature"]
        _demand(bool(((used >= 0) & (used < columns)).all()), f"tree {number} splits on no column")
        _demand(not np.isnan(split["threshold"]).any(), f"tree {number} splits at no number")
        _check_categories(number, fields, split)
        _check_children(number, leaves, np.concatenate([split["left_child"], split["right_child"]]))


def _check_categories(number: int, fields: dict[str, str], split: dict[str, NDArray[np.float64]]) -> None:
    """A split by categories names a bit set by its place; the sets lie one behind the other."""
    count = int(_numbers(number, fields, "num_cat", 1)[0])
    places = split["threshold"][split["decision_type"].astype(np.int64) % 2 == 1]
    _demand(bool(((places >= 0) & (places < count)).all()), f"tree {number} splits by no category")
    if count:
        bounds = _numbers(number, fields, "cat_boundaries", count + 1)
        _demand(bounds[0] == 0 and bool((np.diff(bounds) > 0).all()), f"tree {number}: cat_boundaries")
        _numbers(number, fields, "cat_threshold", int(bounds[-1]))


def _check_children(number: int, leaves: int, children: NDArray[np.float64]) -> None:
    """Every node but the root has one parent, which comes before it, and every leaf has one."""
    expected = np.concatenate([-np.arange(1, leaves + 1), np.arange(1, leaves - 1)])
    _demand(np.array_equal(np.sort(children), np.sort(expected)), f"tree {number} is not a tree")
    parents = np.tile(np.arange(leaves - 1), 2)
    _demand(not ((children > 0) & (children <= parents)).any(), f"tree {number} runs in a circle")


def _fields(lines: list[str]) -> dict[str, str]:
    return {name: value for name, mark, value in (line.partition("=") for line in lines) if mark}


def _numbers(number: int, fields: dict[str, str], name: str, count: int) -> NDArray[np.float64]:
    try:
        values = np.array(fields.get(name, "").split(), dtype=np.float64)
    except ValueError:
        values = np.empty(0)
    _demand(values.size == count, f"tree {number}: {name} does not hold {count} numbers")
    return values


def _demand(right: bool, told: str) -> None:
    if not right:
        raise BoosterError(told, remedy=_REMEDY)
