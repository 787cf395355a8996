"""Adapters give canonical rows, one bad row costs one row, and no file is read at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customs.declaration import FIELDS
from customs.errors import InputError
from features.adapters import ADAPTERS, RawChunk
from features.adapters.csv_source import CsvSource
from features.adapters.outcomes import read_outcomes
from features.columns import take, to_frame
from features.errors import MissingColumnsError, UnreadableFileError
from features.outcome_columns import outcomes_to_frame
from features.settings import IntakeSettings
from tests.features.intake_examples import ITEM, OUTCOME, csv_file, item

SETTINGS = IntakeSettings()
KCS = Path(__file__).parents[3] / "shared/data/kcs/train.csv"
KCS_HEADER = (
    "Declaration ID,Date,Office ID,Process Type,Import Type,Import Use,Payment Type,Mode of Transport,"
    "Declarant ID,Importer ID,Seller ID,Courier ID,HS6 Code,Country of Departure,Country of Origin,Tax Rate,"
    "Tax Type,Country of Origin Indicator,Net Mass,Item Price,Fraud,Critical Fraud"
)
KCS_ROWS = [
    "97061800,2020-01-01,30,B,11,21,11,10,ZZR1LT6,QLRUBN9,0VKY2BR,,40890,BE,ZZ,0.0,FEU1,G,108.0,372254.4,0,0",
    "97061801,2020-01-02,40,B,11,21,11,40,SWF9S4X,7JD1S2X,8WDKMC6,C1,690722,CN,CN,754.0,A,Y,-1.0,0.0,1,2",
    "97061802,2020-01-02,40,B,11,21,11,45,SWF9S4X,7JD1S2X,8WDKMC6,C1,690722,CN,CN,8.0,A,Y,1.0,5.0,1,1",
]
DATE_ROWS = [
    (
        "sgd.id,sgd.date,office.id,importer.id,tariff.code,country,declarant.id,cif.value,fob.value,total.taxes,"
        "gross.weight,quantity,item.price,illicit,revenue"
    ),
    "SGD1,13-01-02,OFFICE1,IMP1,8703232226,CNTRY680,DEC1,2809,2500,647,1700,1,2400,0,0",
    "SGD1,13-01-02,OFFICE1,IMP1,101291000,China,DEC1,2809,2500,647,1700,1,2400,1,980.5",
    "SGD2,2013-01-03,OFFICE1,IMP1,8703232226,NGA,DEC1,2809,2500,647,1700,1,2400,,",
]


def chunks_of(path: Path, form: str = "canonical", settings: IntakeSettings = SETTINGS) -> list[RawChunk]:
    return list(ADAPTERS[form].read(path, settings))


def text_file(path: Path, lines: list[str]) -> Path:
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
    return path


def malformed_lines(chunk: RawChunk) -> list[int]:
    return [int(chunk.items.lines[fault.row]) for fault in chunk.items.unreadable if fault.field == ""]


def test_kcs_rows_become_canonical(tmp_path: Path) -> None:
    (chunk,) = chunks_of(text_file(tmp_path / "a.csv", [KCS_HEADER, *KCS_ROWS]), "kcs")
    columns = chunk.items.columns
    assert columns["hs_code"].tolist() == ["040890", "690722", "690722"]
    assert columns["transport_mode"][:2].tolist() == [1.0, 4.0]
    assert columns["item_no"].tolist() == [1, 1, 1]
    assert columns["courier_id"].tolist() == [None, "C1", "C1"]
    assert columns["cif"].tolist() == [372254.4, 0.0, 5.0]
    assert columns["origin_indicator"].tolist() == ["G", "Y", "Y"]
    assert [(fault.row, fault.field) for fault in chunk.items.unreadable] == [(2, "transport_mode")]
    assert chunk.items.lines.tolist() == [2, 3, 4]


def test_kcs_labels_become_outcomes_known_after_the_delay(tmp_path: Path) -> None:
    (chunk,) = chunks_of(text_file(tmp_path / "a.csv", [KCS_HEADER, *KCS_ROWS]), "kcs")
    assert chunk.outcomes is not None
    frame = outcomes_to_frame(chunk.outcomes.columns)
    assert frame["illicit"].to_list() == [0.0, 1.0, 1.0]
    assert frame["critical"].to_list() == [0.0, 1.0, 0.0]
    assert frame["finding"].to_list() == ["none", "other", "other"]
    assert set(frame["selection_reason"]) == {"legacy"}
    assert frame["known_date"].to_list() == [date(2020, 1, 31), date(2020, 2, 1), date(2020, 2, 1)]
    assert frame["known_at"].to_list() == frame["result_at"].to_list()
    assert frame["result_at"][0] == datetime(2020, 1, 31, 5, tzinfo=UTC)
    assert frame["p_physical"].is_null().all()


def test_kcs_without_labels_has_items_only(tmp_path: Path) -> None:
    lines = [line.rsplit(",", 2)[0] for line in (KCS_HEADER, *KCS_ROWS)]
    (chunk,) = chunks_of(text_file(tmp_path / "a.csv", lines), "kcs")
    assert chunk.outcomes is None
    assert len(chunk.items.lines) == 3


def test_date_rows_become_canonical(tmp_path: Path) -> None:
    (chunk,) = chunks_of(text_file(tmp_path / "a.csv", DATE_ROWS), "date")
    frame = to_frame(chunk.items.columns)
    assert frame["item_no"].to_list() == [1, 2, 1]
    assert frame["customs_date"].to_list() == [date(2013, 1, 2), date(2013, 1, 2), date(2013, 1, 3)]
    assert frame["hs_code"].to_list() == ["8703232226", "0101291000", "8703232226"]
    assert frame["origin_country"].to_list() == ["ZZ", "CN", "NG"]
    assert frame["origin_indicator"].to_list() == ["CNTRY680", None, None]
    assert frame["invoice_amount"].to_list() == [2400.0] * 3
    assert chunk.outcomes is not None
    outcomes = outcomes_to_frame(chunk.outcomes.columns)
    assert outcomes.select("item_no", "illicit", "additional_revenue").rows() == [
        (1, 0.0, 0.0),
        (2, 1.0, 980.5),
    ]


def test_items_of_a_declaration_are_counted_on_across_chunks(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", DATE_ROWS)
    chunks = chunks_of(path, "date", IntakeSettings(chunk_rows=1))
    assert [chunk.items.columns["item_no"].item() for chunk in chunks] == [1, 2, 1]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_and_byte_order_marks_are_understood(tmp_path: Path, delimiter: str) -> None:
    names = [field.name for field in FIELDS if field.required]
    values = [str(ITEM[name]) for name in names]
    path = text_file(tmp_path / "a.csv", ["\ufeff" + delimiter.join(names), delimiter.join(values)])
    (chunk,) = chunks_of(path)
    assert chunk.items.columns["cif"].tolist() == [10000.0]
    assert chunk.items.unreadable == ()


def test_malformed_rows_cost_only_themselves_and_keep_their_line(tmp_path: Path) -> None:
    names = list(ITEM)
    good = csv_file(tmp_path / "good.csv", [item(item_no=1)]).read_text("utf-8").splitlines()[1]
    lines = [
        ",".join(names),
        good,
        good + ",surplus",
        "too,few",
        "",
        good.replace("ACME", "\udcff"),
        good.replace("ACME", "A\0"),
        good.replace("vehículo, nuevo", 'two\nlines, "" quoted'),
        good.replace('"vehículo, nuevo"', '"never closed'),
        good,
        good.replace("ACME", '5" pipe'),
        good.replace('"vehículo, nuevo"', '"closed" and more'),
        good,
    ]
    (chunk,) = chunks_of(text_file(tmp_path / "bad.csv", lines))
    assert malformed_lines(chunk) == [3, 4, 6, 7, 10, 13]
    assert chunk.items.lines.tolist() == [2, 8, 11, 12, 14, 3, 4, 6, 7, 10, 13]
    assert chunk.items.columns["description"][1] == 'two\nlines, " quoted'
    assert chunk.items.columns["brand"][3] == '5" pipe'


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80) | st.text('",\n\r\0a', max_size=40).map(str.encode))
def test_whatever_follows_a_sound_row_the_row_is_read_and_no_line_is_lost(junk: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = csv_file(Path(folder) / "a.csv", [ITEM])
        with path.open("ab") as file:
            file.write(junk)
        rows = [chunk.items for chunk in ADAPTERS["canonical"].read(path, SETTINGS)]
    assert rows[0].columns["declaration_id"][0] == ITEM["declaration_id"]
    lines = [int(line) for part in rows for line in part.lines]
    assert len(set(lines)) == len(lines)
    refused = {int(part.lines[fault.row]) for part in rows for fault in part.unreadable if not fault.field}
    assert refused == set(lines) - {2}


def test_a_line_without_end_is_one_malformed_row(tmp_path: Path) -> None:
    good = csv_file(tmp_path / "good.csv", [ITEM]).read_text("utf-8").splitlines()
    (chunk,) = chunks_of(text_file(tmp_path / "bad.csv", [good[0], "x" * 3_000_000, good[1]]))
    assert malformed_lines(chunk) == [2]
    assert chunk.items.lines.tolist() == [3, 2]


def test_unknown_columns_are_kept_out_and_named(tmp_path: Path) -> None:
    (chunk,) = chunks_of(csv_file(tmp_path / "a.csv", [item(colour="red")]))
    assert chunk.unknown_columns == ("colour",)
    assert "colour" not in chunk.items.columns


def test_parquet_rows_are_numbered_from_one_and_typed_columns_read(tmp_path: Path) -> None:
    path = tmp_path / "no_matter_what_it_is_called"
    frame = pl.DataFrame([item(item_no=number) for number in (1, 2, 3)]).with_columns(
        pl.col("accepted_at").str.to_datetime(time_zone="UTC"),
        pl.lit(date(2024, 3, 6)).alias("known_at"),
        pl.col("origin_country").cast(pl.Categorical),
        pl.Series("office_id", [118, 119, None]),
        pl.lit(None).alias("brand"),
    )
    frame.write_parquet(path)
    first, second = chunks_of(path, settings=IntakeSettings(chunk_rows=2))
    assert first.items.lines.tolist() + second.items.lines.tolist() == [1, 2, 3]
    columns = to_frame(first.items.columns)
    assert columns["office_id"].to_list() == ["118", "119"]
    assert columns["known_at"].to_list() == [datetime(2024, 3, 6, 5, tzinfo=UTC)] * 2
    assert columns["accepted_at"].to_list() == [datetime(2024, 3, 5, 15, 30, tzinfo=UTC)] * 2
    assert columns["importer_aeo"].to_list() == [0.0, 0.0]


def test_a_canonical_frame_written_as_parquet_is_read_back_whole(tmp_path: Path) -> None:
    (chunk,) = chunks_of(csv_file(tmp_path / "a.csv", [ITEM, item(item_no=2, brand=None, net_kg=None)]))
    to_frame(chunk.items.columns).write_parquet(tmp_path / "a.parquet")
    (again,) = chunks_of(tmp_path / "a.parquet")
    assert again.unknown_columns == ()
    for name, values in chunk.items.columns.items():
        np.testing.assert_array_equal(again.items.columns[name], values, err_msg=name)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("hs_code", pl.Series([870323])),
        ("accepted_at", pl.Series([datetime(2024, 3, 5)])),  # noqa: DTZ001
        ("cif", pl.Series([[1.0]])),
        ("office_id", pl.Series([118.0])),
    ],
)
def test_a_column_whose_type_can_never_fit_is_an_error_with_its_remedy(
    tmp_path: Path, column: str, values: pl.Series
) -> None:
    pl.DataFrame([ITEM]).with_columns(values.alias(column)).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(UnreadableFileError, match=column) as caught:
        chunks_of(tmp_path / "a.parquet")
    assert caught.value.remedy


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \n\n",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b'{"declaration_id": "D1"}',
        b"[1, 2]",
        b"<ASYCUDA/>",
        b"PAR1 and then nothing",
        b"PK\x03\x04 sheet",
        "declaration_id,item_no".encode("utf-16"),
        b"a,a\n1,2",
        b"\xff\xfe\xfd",
        b'"never closed',
    ],
)
def test_what_is_no_table_is_an_error_with_its_remedy(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(InputError) as caught:
        ADAPTERS["canonical"].check(tmp_path / "file")
    assert caught.value.remedy
    assert caught.value.exit_status == 2


def test_a_truncated_parquet_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame([ITEM]).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableFileError, match="truncated"):
        ADAPTERS["canonical"].check(path)


def test_a_directory_and_a_wrong_path_are_errors(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.csv"):
        with pytest.raises(UnreadableFileError):
            ADAPTERS["kcs"].check(path)


def test_a_missing_required_column_is_named_with_the_nearest_there_is(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [{**ITEM, "hs_cod": "1"}], [*(set(ITEM) - {"hs_code"}), "hs_cod"])
    with pytest.raises(MissingColumnsError, match="hs_code") as caught:
        ADAPTERS["canonical"].check(path)
    assert "'hs_cod'" in caught.value.remedy


def test_outcomes_are_read_from_csv_and_from_parquet_alike(tmp_path: Path) -> None:
    csv_file(tmp_path / "o.csv", [OUTCOME])
    pl.DataFrame([OUTCOME]).write_parquet(tmp_path / "o.parquet")
    frames = [
        outcomes_to_frame(chunk.outcomes.columns)
        for name in ("o.csv", "o.parquet")
        for chunk in read_outcomes(tmp_path / name, SETTINGS)
    ]
    assert frames[0].equals(frames[1])
    assert frames[0]["additional_revenue"].to_list() == [360.0]


def test_a_file_is_read_no_further_than_it_was_asked_for(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [item(item_no=number) for number in range(1, 20_001)])
    reading: Iterator[RawChunk] = ADAPTERS["canonical"].read(path, IntakeSettings(chunk_rows=100))
    first = next(reading)
    assert len(first.items.lines) == 100
    assert first.done < first.total / 20
    source = CsvSource(path).batches(100)
    assert next(source).frame.height == 100


@pytest.mark.skipif(not KCS.exists(), reason="the public data lie beside the project only")
def test_the_public_declarations_are_read_whole_with_their_leading_zeros() -> None:
    chunks = chunks_of(KCS, "kcs", IntakeSettings(chunk_rows=20_000))
    assert sum(len(chunk.items.lines) for chunk in chunks) == 37_385
    assert not any(chunk.items.unreadable for chunk in chunks)
    assert all(len(code) == 6 for chunk in chunks for code in chunk.items.columns["hs_code"])
    assert (
        take(chunks[0].items.columns, slice(1))["customs_date"].item()
        == (date(2020, 1, 1) - date(1970, 1, 1)).days
    )
