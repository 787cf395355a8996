"""What windows will let go leaves each of them once, wherever it waits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features.errors import WriteFailedError
from features.history.kernels import ITEM
from features.history.plan import LAGS
from features.history.spool import Spool
from features.history.stream import Stream, no_stream

LONGEST = LAGS[-1]


def one_item(day: int, base: int) -> Stream:
    """Give an item that came on a day, later than the one that its windows count from."""
    whole = {name: np.zeros((*array.shape[:-1], 1), array.dtype) for name, array in vars(no_stream()).items()}
    grams = np.zeros((1, no_stream().grams.shape[1]), np.uint16)
    days = {name: np.array([of], np.int32) for name, of in {"day": day, "base": base, "known": day}.items()}
    return replace(no_stream(), **whole | {"grams": grams, "flags": np.array([ITEM], np.uint8)} | days)


@pytest.mark.parametrize("most", [0, 1 << 20], ids=["on the disk", "in memory"])
def test_a_late_change_to_days_that_were_put_away_leaves_the_longest_window_once(most: int) -> None:
    spool = Spool(most)
    spool.keep(one_item(100, 100))
    today = 100 + LAGS[-2] + 40
    spool.forget(today)
    spool.keep(one_item(today, 101))
    gone = spool.leaving(100 + LONGEST - 5, 100 + LONGEST + 5)
    assert sorted(gone.day.tolist()) == [100 + LONGEST, 101 + LONGEST]


def test_a_change_that_came_after_a_window_closed_never_leaves_it() -> None:
    spool = Spool()
    spool.keep(one_item(100 + LAGS[0], 100))
    gone = spool.leaving(0, 100 + LONGEST + 1)
    assert gone.lag.tolist() == list(range(2, len(LAGS) + 1))


def test_what_is_put_away_has_no_name_on_the_disk_and_goes_with_its_spool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spool = Spool(0)
    spool.keep(one_item(100, 100))
    spool.forget(100 + LAGS[-2] + 40)
    (file,) = spool._away.values()
    assert list(tmp_path.iterdir()) == []
    del spool
    assert file.closed


def test_where_nothing_can_be_put_away_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/proc/nowhere")
    spool = Spool(0)
    spool.keep(one_item(100, 100))
    with pytest.raises(WriteFailedError) as caught:
        spool.forget(100 + LAGS[-2] + 40)
    assert "make room" in caught.value.remedy
