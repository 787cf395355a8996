"""What holds for every adapter: the named ones, those that are mapping files, and a mapping of one's own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customs.declaration import FIELDS
from customs.errors import InputError
from features.adapters import ADAPTERS, RawChunk
from features.columns import NAMES, Columns, from_records, take, to_frame
from features.intake import adapter_of, ingest
from features.lake import Lake
from features.outcome_columns import OUTCOME_SCHEMA
from features.settings import IntakeSettings
from tests.features.intake_examples import ITEM, NOW, csv_file
from tests.features.mapping_examples import ROW, mapping_file
from tests.features.test_adapters import DATE_ROWS, KCS_HEADER, KCS_ROWS, text_file

ASYCUDA = Path(__file__).parent / "asycuda"
COMEX = "CO_ANO,CO_MES,CO_NCM,CO_UNID,CO_PAIS,SG_UF_NCM,CO_VIA,CO_URF,QT_ESTAT,KG_LIQUIDO,VL_FOB"
COMEX_ROWS = [f"2025,1,{code},10,63,SP,1,817800,1,1,9" for code in (1012100, 73079100, 84148021)]


def asycuda_file(folder: Path) -> Path:
    path = folder / "asycuda.xml"
    parts = [(ASYCUDA / name).read_bytes() for name in ("registered.xml", "unregistered.xml")]
    path.write_bytes(b"".join(parts))
    return path


def own_rows(folder: Path) -> Path:
    mapping_file(folder)
    return csv_file(folder / "own.csv", [{**ROW, "no": str(number)} for number in (1, 2, 3)])


FILES: dict[str, Callable[[Path], Path]] = {
    "canonical": lambda folder: csv_file(folder / "c.csv", [{**ITEM, "item_no": n} for n in (1, 2, 3)]),
    "asycuda-xml": asycuda_file,
    "kcs": lambda folder: text_file(folder / "k.csv", [KCS_HEADER, *KCS_ROWS]),
    "date": lambda folder: text_file(folder / "d.csv", DATE_ROWS),
    "comex": lambda folder: text_file(folder / "x.csv", [COMEX, *COMEX_ROWS]),
    "example.yaml": own_rows,
}
"""A file of three rows in each format."""

CUT = {"asycuda-xml": b"<ASYCUDA><Item>"}
"""What costs one row more at the end of a file; of tables a row of one value."""


def named(form: str, folder: Path) -> Any:
    return adapter_of(str(folder / form) if form.endswith(".yaml") else form)


def read(form: str, folder: Path, **changes: Any) -> list[RawChunk]:
    path = FILES[form](folder)
    return list(named(form, folder).read(path, IntakeSettings(**changes)))


def joined(chunks: list[RawChunk]) -> Columns:
    return {name: np.concatenate([chunk.items.columns[name] for chunk in chunks]) for name in NAMES}


def test_every_format_has_its_example_here() -> None:
    assert set(ADAPTERS) <= set(FILES)


@pytest.mark.parametrize("form", FILES)
def test_rows_come_as_complete_columns_with_a_line_of_their_own(form: str, tmp_path: Path) -> None:
    (chunk,) = read(form, tmp_path)
    assert set(chunk.items.columns) == set(NAMES)
    assert to_frame(chunk.items.columns).height == len(chunk.items.lines) == 3
    assert len(set(chunk.items.lines.tolist())) == 3
    assert chunk.done == chunk.total
    assert all((chunk.items.columns[name] != None).all() for name in ("declaration_id", "hs_code"))  # noqa: E711
    if chunk.outcomes is not None:
        assert set(chunk.outcomes.columns) == set(OUTCOME_SCHEMA)
        assert set(chunk.outcomes.lines.tolist()) <= set(chunk.items.lines.tolist())


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize("size", [1, 2])
def test_the_size_of_chunks_changes_nothing(form: str, size: int, tmp_path: Path) -> None:
    whole, parts = read(form, tmp_path), read(form, tmp_path, chunk_rows=size)
    assert all(len(part.items.lines) <= size for part in parts)
    for name, values in joined(whole).items():
        np.testing.assert_array_equal(joined(parts)[name], values, err_msg=name)
    assert [part.done for part in parts] == sorted(part.done for part in parts)


@pytest.mark.parametrize("form", FILES)
def test_a_malformed_row_costs_only_itself_and_stands_last(form: str, tmp_path: Path) -> None:
    (sound,) = read(form, tmp_path)
    path = FILES[form](tmp_path)
    path.write_bytes(path.read_bytes().rstrip() + b"\n" + CUT.get(form, b"one value"))
    (chunk,) = named(form, tmp_path).read(path, IntakeSettings())
    assert [(fault.row, fault.rule) for fault in chunk.items.unreadable if not fault.field] == [
        (3, "malformed_row")
    ]
    for name, values in take(chunk.items.columns, slice(3)).items():
        np.testing.assert_array_equal(values, sound.items.columns[name], err_msg=name)


@pytest.mark.parametrize("form", FILES)
def test_the_same_file_twice_adds_nothing(form: str, tmp_path: Path) -> None:
    path = FILES[form](tmp_path)
    first, second = (
        ingest(
            [path, path],
            format=str(tmp_path / form) if form.endswith(".yaml") else form,
            lake=Lake(tmp_path / "lake"),
            quarantine=tmp_path / "quarantine",
            settings=IntakeSettings(),
            now=NOW.replace(year=2025),
        )
        for _ in range(2)
    )
    assert first.accepted == first.repeated > 0
    assert (second.accepted, second.repeated) == (0, first.accepted + first.repeated)


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n\0", b"\xff\xfea\0", b"PK\x03\x04", b"{}", b"a;b\n1;2"]
)
def test_what_is_of_another_kind_is_an_error_with_its_remedy(
    form: str, content: bytes, tmp_path: Path
) -> None:
    FILES[form](tmp_path)
    (tmp_path / "other").write_bytes(content)
    for path in (tmp_path / "other", tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError) as caught:
            named(form, tmp_path).check(path)
        assert caught.value.remedy


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_mutated_files_give_rows_or_an_error_of_input(form: str, data: st.DataObject) -> None:
    with TemporaryDirectory() as name:
        path = FILES[form](Path(name))
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(content)))
            content[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
        path.write_bytes(content)
        with suppress(InputError):
            for chunk in named(form, Path(name)).read(path, IntakeSettings()):
                assert set(chunk.items.columns) == set(NAMES)
                assert all(fault.row < len(chunk.items.lines) for fault in chunk.items.unreadable)


def test_the_columns_of_files_are_those_of_requests() -> None:
    assert set(from_records([{}]).columns) == set(NAMES)
    assert {field.name for field in FIELDS} < set(NAMES)
