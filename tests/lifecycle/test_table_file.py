"""A table's file is written as rows come, and is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from customs.errors import InputError
from lifecycle.table_file import table_file

SCHEMA = pl.Schema({"name": pl.String(), "number": pl.Float64()})
READ = {".csv": lambda path: pl.read_csv(path, schema=SCHEMA), ".parquet": pl.read_parquet}

tables = st.lists(
    st.tuples(st.text("ab,\"\n'é", min_size=1), st.none() | st.floats(allow_nan=False, allow_infinity=False))
).map(lambda table: pl.DataFrame(table, schema=SCHEMA, orient="row"))


@pytest.mark.parametrize("ending", READ)
@given(parts=st.lists(tables, max_size=4))
def test_the_file_holds_the_rows_of_all_parts_in_their_order(
    ending: str, parts: list[pl.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("table") / f"t{ending}"
    with table_file(path, SCHEMA) as write:
        for part in parts:
            write(part)
    assert_frame_equal(READ[ending](path), pl.concat([pl.DataFrame(schema=SCHEMA), *parts]))


@pytest.mark.parametrize("ending", READ)
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_what_was_there_before_stands_there_still_if_the_rows_stop_coming(
    ending: str, error: type[BaseException], tmp_path: Path
) -> None:
    path = tmp_path / f"t{ending}"
    path.write_text("before")
    with pytest.raises(error):
        broken_off(path, error)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def broken_off(path: Path, error: type[BaseException]) -> None:
    with table_file(path, SCHEMA) as write:
        write(pl.DataFrame({"name": ["a"], "number": [1.0]}))
        raise error


def test_an_ending_that_says_no_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither"), table_file(tmp_path / "new" / "t.txt", SCHEMA):
        raise AssertionError
    assert list(tmp_path.iterdir()) == []
