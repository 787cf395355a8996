"""A mapping file brings a format in without code, and is checked wholly before anything is read."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customs.declaration import FIELD
from features.adapters import RawChunk
from features.adapters.conversion import Conversion
from features.adapters.mapping import FieldMapping
from features.adapters.mapping_adapter import MappingAdapter
from features.adapters.mapping_file import read_mapping
from features.adapters.numbering import Numbering
from features.errors import MappingError, MissingColumnsError, UnknownFormatError, UnreadableFileError
from features.intake import adapter_of
from features.outcome_columns import outcomes_to_frame
from features.settings import IntakeSettings
from tests.features.intake_examples import csv_file
from tests.features.mapping_examples import MAPPING, ROW, mapping_file

SETTINGS = IntakeSettings()


def chunk(mapping: Path, rows: list[dict[str, Any]], **changes: Any) -> RawChunk:
    path = csv_file(mapping.parent / "rows.csv", rows)
    (only,) = MappingAdapter(mapping).read(path, IntakeSettings(**changes))
    return only


def converted(values: list[str | None], field: str, **how: Any) -> list[Any]:
    """What a column becomes; "!" where it cannot be made."""
    conversion = Conversion(FieldMapping(column="a", **how), FIELD[field], how.get("table") or {})
    frame = pl.DataFrame({"a": pl.Series(values, dtype=pl.String)})
    made = conversion.of(frame, np.arange(2, 2 + len(values)), SETTINGS.time_zone)
    unread = {fault.row for fault in made.unreadable}
    return ["!" if row in unread else value for row, value in enumerate(made.values.to_list())]


@pytest.mark.parametrize(
    ("field", "how", "values", "expected"),
    [
        (
            "hs_code",
            {"pad": 6},
            ["10129", " 690722 ", "x1", None, "NA"],
            ["010129", "690722", "x1", None, None],
        ),
        ("hs_code", {"pad": "even"}, ["10129", "690722", "1.1"], ["010129", "690722", "1.1"]),
        ("hs_code", {"remove": ". "}, ["8703.23 19", "."], ["87032319", None]),
        ("hs_code", {"replace": [{"pattern": "^HS", "by": ""}]}, ["HS870323", "870323"], ["870323"] * 2),
        ("office_id", {"missing": ["-", "none"]}, ["-", "none", "1"], [None, None, "1"]),
        ("office_id", {"prefix": "A", "suffix": "Z"}, ["1", ""], ["A1Z", None]),
        ("office_id", {"zero_is_missing": True}, ["0", "000", "10", "x"], [None, None, "10", "x"]),
        ("office_id", {"default": "9"}, ["", "1"], ["9", "1"]),
        ("cif", {"decimal": ","}, ["1,5", "1.5", "10", ",5", "1,2,3"], ["1.5", "!", "10", ".5", "!"]),
        ("cif", {"decimal": ",", "thousands": "."}, ["1.234,5", "1.5", "1.234"], ["1234.5", "!", "1234"]),
        ("cif", {"thousands": ","}, ["1,234.5", "12,34", "1234"], ["1234.5", "!", "1234"]),
        ("cif", {"thousands": "'"}, ["1'234", "1’234"], ["1234", "!"]),
        ("net_kg", {"factor": 1000}, ["1.5", "x", ""], [1500.0, "!", None]),
        ("net_kg", {"divide": 1000, "default": "7"}, ["1500", "", "x"], [1.5, 7.0, "!"]),
        ("net_kg", {"decimal": ",", "zero_is_missing": True}, ["0,0", "0,1"], [None, "0.1"]),
        ("transport_mode", {"table": {"M": "1"}}, ["M", "7", ""], ["1", "7", None]),
        ("transport_mode", {"table": {"M": "1"}, "otherwise": "0"}, ["M", "7", ""], ["1", "0", None]),
        ("transport_mode", {"pad": 2, "table": {"01": "1"}}, ["1", "01"], ["1", "1"]),
        ("origin_indicator", {"codes": "country", "only_unknown": True}, ["CHN", "c1"], [None, "c1"]),
        ("origin_country", {"codes": "country"}, ["CHN", "NA", "Viet Nam", "x"], ["CN", "NA", "VN", "x"]),
        (
            "origin_country",
            {"codes": "country-numeric"},
            ["76", "076", "4", "000"],
            ["BR", "BR", "AF", "000"],
        ),
        (
            "currency",
            {"codes": "currency", "otherwise": "USD"},
            ["840", "8", "eur", "?"],
            ["USD", "ALL", "EUR", "USD"],
        ),
        ("accepted_at", {"date_format": "%d/%m/%Y"}, ["5/3/2024", "x", ""], [date(2024, 3, 5), "!", None]),
        (
            "accepted_at",
            {"date_format": ["%Y%m%d", "%d.%m.%y"]},
            ["20240305", "05.03.24"],
            [date(2024, 3, 5)] * 2,
        ),
        (
            "accepted_at",
            {"date_format": ["%d/%m/%Y %H:%M", "%d/%m/%Y"]},
            ["5/3/2024 10:30", "5/3/2024"],
            [datetime(2024, 3, 5, 15, 30, tzinfo=UTC), datetime(2024, 3, 5, 5, tzinfo=UTC)],
        ),
        (
            "accepted_at",
            {"date_format": "%Y-%m-%d %H:%M%z"},
            ["2024-03-05 10:30+0200"],
            [datetime(2024, 3, 5, 8, 30, tzinfo=UTC)],
        ),
    ],
)
def test_values_are_converted_as_the_mapping_says(
    field: str, how: dict[str, Any], values: list[str | None], expected: list[Any]
) -> None:
    assert converted(values, field, **how) == expected


TEXTS = st.lists(st.none() | st.text("0123456789.,-+ eEx'", max_size=9), max_size=12)


@given(TEXTS, st.sampled_from(["even", 1, 4, 6]))
def test_padding_equals_that_of_a_plain_loop(values: list[str | None], pad: Any) -> None:
    def padded(text: str) -> str | None:
        text = text.strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit()):
            return text
        return text.zfill(len(text) + len(text) % 2 if pad == "even" else pad)

    assert converted(values, "hs_code", pad=pad) == [None if one is None else padded(one) for one in values]


@given(TEXTS, st.sampled_from([",", ".", None]), st.sampled_from([".", ",", " ", "'", None]))
def test_numbers_equal_those_of_a_plain_loop(
    values: list[str | None], decimal: str | None, thousands: str | None
) -> None:
    point = decimal or "."
    if thousands == point:
        return

    def read(text: str) -> Any:
        text = text.strip()
        if not text:
            return None
        whole, *rest = text.lstrip("+-").partition(point)
        if thousands and thousands in text:
            first, *groups = whole.split(thousands)
            sound = (
                1 <= len(first) <= 3 and first.isdigit() and all(len(g) == 3 and g.isdigit() for g in groups)
            )
            if not sound or thousands in "".join(rest) or "e" in text.casefold():
                return "!"
            text = text.replace(thousands, "")
        if (
            (decimal == "," and "." in text)
            or (thousands == "." and "." in text)
            or len(text) != len(text.strip())
        ):
            return "!"
        try:
            number = float(text.replace(point, "."))
        except ValueError:
            return "!"
        return number if math.isfinite(number) and "_" not in text else "!"

    made = converted(values, "cif", decimal=decimal, thousands=thousands, factor=1.0)
    expected = [None if one is None else read(one) for one in values]
    assert [one if one is None or one == "!" or math.isfinite(one) else "!" for one in made] == expected


@given(
    st.lists(st.none() | st.sampled_from(["0", "0.0", "-0", "00", "1", "x", "", " 0 ", "0x"]), max_size=10)
)
def test_zero_means_missing_where_a_plain_loop_sees_a_zero(values: list[str | None]) -> None:
    def read(text: str) -> str | None:
        text = text.strip()
        try:
            return text if text and float(text) != 0 else None
        except ValueError:
            return text

    expected = [None if one is None else read(one) for one in values]
    assert converted(values, "net_kg", zero_is_missing=True) == expected


@settings(max_examples=60)
@given(st.lists(st.none() | st.sampled_from("ABC"), max_size=20), st.integers(1, 5))
def test_items_are_numbered_like_a_plain_loop_whatever_the_batches(ids: list[str | None], size: int) -> None:
    expected, last, number = [], None, 0
    for one in ids:
        number = number + 1 if one == last else 1
        last = one
        expected.append(number)
    count = Numbering()
    parts = [pl.Series(ids[at : at + size], dtype=pl.String) for at in range(0, len(ids), size)]
    assert [number for part in parts for number in count(part).to_list()] == expected


def test_what_cannot_be_converted_is_named_with_the_text_of_the_source(tmp_path: Path) -> None:
    mapping = mapping_file(tmp_path, {"cif": {"column": "value", "decimal": ","}})
    made = chunk(mapping, [ROW, {**ROW, "value": "1.5"}])
    assert made.items.columns["cif"].tolist()[0] == 10.0
    assert [(fault.row, fault.field, fault.value) for fault in made.items.unreadable] == [(1, "cif", "1.5")]


def test_an_identity_made_of_columns_and_the_row_is_that_of_every_reading(tmp_path: Path) -> None:
    made_of = {"columns": ["office", "date"], "row_number": True, "separator": "/", "prefix": "X"}
    mapping = mapping_file(tmp_path, {"declaration_id": made_of})
    rows = [{**ROW, "office": office} for office in ("118", "118", "")]
    first, again = (
        [
            part.items.columns["declaration_id"].tolist()
            for part in MappingAdapter(mapping).read(path, settings)
        ]
        for path, settings in (
            (csv_file(tmp_path / "a.csv", rows), SETTINGS),
            (csv_file(tmp_path / "b.csv", rows), IntakeSettings(chunk_rows=1)),
        )
    )
    assert first == [["X118/2024-03-05/2", "X118/2024-03-05/3", None]]
    assert [one for part in again for one in part] == first[0]


def test_outcomes_beside_the_items_are_mapped_with_their_delay_and_finding(tmp_path: Path) -> None:
    found = {"column": "found", "table": {"V": "value", "K": "none"}}
    fields = {"finding": found, "additional_revenue": {"column": "raised", "decimal": ","}}
    mapping = mapping_file(tmp_path, outcome={"fields": fields, "label_delay_days": 2})
    rows = [
        {**ROW, "no": str(number), "found": code, "raised": raised}
        for number, (code, raised) in enumerate([("V", "9,5"), ("K", ""), ("", "")], 1)
    ]
    made = chunk(mapping, rows)
    assert made.outcomes is not None
    frame = outcomes_to_frame(made.outcomes.columns)
    assert frame.select("item_no", "illicit", "finding", "additional_revenue").rows() == [
        (1, 1.0, "value", 9.5),
        (2, 0.0, "none", None),
    ]
    assert frame["known_date"].to_list() == [date(2024, 3, 7)] * 2
    assert set(frame["selection_reason"]) == {"legacy"}


def test_an_outcome_may_have_its_own_dates_and_reason(tmp_path: Path) -> None:
    fields = {
        "illicit": "fraud",
        "result_at": {"column": "done", "date_format": "%d/%m/%Y"},
        "selection_reason": {"column": "why", "table": {"R": "random"}},
    }
    mapping = mapping_file(tmp_path, outcome={"fields": fields})
    made = chunk(mapping, [{**ROW, "fraud": "1", "done": "9/3/2024", "why": "R"}])
    assert made.outcomes is not None
    frame = outcomes_to_frame(made.outcomes.columns)
    assert frame["known_date"].to_list() == [date(2024, 3, 9)]
    assert frame.select("finding", "selection_reason").rows() == [("other", "random")]


def test_tables_in_files_beside_the_mapping_are_read_with_their_words(tmp_path: Path) -> None:
    (tmp_path / "modes.csv").write_text("# Credit.\ncode,mode,name\n01,1,sea\n\nNO,4,air\n", encoding="utf-8")
    mapping = mapping_file(tmp_path, {"transport_mode": {"column": "mode", "table": "modes.csv"}})
    made = chunk(mapping, [{**ROW, "mode": "01"}, {**ROW, "no": "2", "mode": "NO"}])
    assert made.items.columns["transport_mode"].tolist() == [1.0, 4.0]


def test_codes_of_a_mapping_are_texts_whatever_yaml_would_make_of_them(tmp_path: Path) -> None:
    text = mapping_file(tmp_path).read_text("utf-8").replace("origin_country: origin", "")
    text += "  origin_country:\n    column: origin\n    table: {NO: NO, 010: SE, 1_0: DK, on: FI}\n"
    (tmp_path / "codes.yaml").write_text(text, encoding="utf-8")
    rows = [{**ROW, "origin": origin} for origin in ("NO", "010", "1_0", "on")]
    made = chunk(tmp_path / "codes.yaml", rows)
    assert made.items.columns["origin_country"].tolist() == ["NO", "SE", "DK", "FI"]


def test_columns_that_are_ignored_on_purpose_are_not_reported(tmp_path: Path) -> None:
    mapping = mapping_file(tmp_path, ignored=["weather"])
    assert chunk(mapping, [{**ROW, "weather": "fair", "mood": "good"}]).unknown_columns == ("mood",)


def test_columns_that_are_not_there_are_missing_or_named_where_they_are_needed(tmp_path: Path) -> None:
    mapping = mapping_file(tmp_path, {"brand": {"column": "brand", "default": "none"}, "net_kg": "kg"})
    made = chunk(mapping, [ROW])
    assert made.items.columns["brand"].tolist() == ["none"]
    assert math.isnan(made.items.columns["net_kg"].item())
    rows = csv_file(tmp_path / "b.csv", [{**ROW, "cod": "1"}], [*(set(ROW) - {"code"}), "cod"])
    with pytest.raises(MissingColumnsError, match="'code'") as caught:
        MappingAdapter(mapping).check(rows)
    assert "'cod'" in caught.value.remedy


def test_typed_columns_of_parquet_are_read_like_text(tmp_path: Path) -> None:
    mapping = mapping_file(tmp_path, {"hs_code": {"column": "code", "pad": 6}})
    frame = pl.DataFrame([{**ROW, "code": 10129, "value": 1.5, "date": date(2024, 3, 5), "office": 118}])
    frame.with_columns(pl.col("origin").cast(pl.Categorical)).write_parquet(tmp_path / "a.parquet")
    (made,) = MappingAdapter(mapping).read(tmp_path / "a.parquet", SETTINGS)
    assert made.items.unreadable == ()
    names = ("hs_code", "cif", "office_id", "origin_country")
    assert [made.items.columns[name].item() for name in names] == ["010129", 1.5, "118", "CN"]
    frame.with_columns(pl.Series("value", [[1.0]])).write_parquet(tmp_path / "b.parquet")
    with pytest.raises(UnreadableFileError, match="cif") as caught:
        list(MappingAdapter(mapping).read(tmp_path / "b.parquet", SETTINGS))
    assert caught.value.remedy


BAD: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"cif": {"column": "value", "padd": 2}}, {}, "unknown key 'fields.cif.padd'", "'pad'"),
    ({}, {"titel": "x"}, "unknown key 'titel'", "'title'"),
    ({}, {"title": None}, "key 'title' is missing", "write it"),
    ({}, {"licence": ""}, "licence ''", "sources.md"),
    ({"ciff": "value"}, {}, "fields.ciff: there is no such field", "'cif'"),
    ({"colour": "red"}, {}, "fields.colour: there is no such field", "fields.md"),
    ({"cif": None}, {}, "required field 'cif' is missing", "constant"),
    ({"cif": {}}, {}, "fields.cif: says not where it comes from", "column"),
    ({"cif": {"column": "a", "constant": "1"}}, {}, "column and constant exclude each other", "keep one"),
    (
        {"cif": {"column": "a", "row_number": True}},
        {},
        "column and row_number exclude each other",
        "keep one",
    ),
    ({"cif": {"numbered": True}}, {}, "fields.cif.numbered: numbers items only", "item_no"),
    ({"item_no": {"numbered": True, "pad": 3}}, {}, "fields.item_no.pad: converts nothing", "leave it out"),
    ({"cif": {"constant": "much"}}, {}, "fields.cif.constant: 'much' is no value of 'cif'", "number"),
    ({"origin_country": {"constant": "UK"}}, {}, "'UK' is no code of 'origin_country'", "'GB'"),
    (
        {"unit": {"column": "u", "table": {"k": "KG"}}},
        {},
        "fields.unit.table: 'KG' is no code",
        "did you mean",
    ),
    (
        {"transport_mode": {"column": "m", "table": {"a": "12"}}},
        {},
        "'12' is no code of 'transport_mode'",
        "see",
    ),
    ({"incoterm": {"column": "t", "default": "C&F"}}, {}, "'C&F' is no code of 'incoterm'", "CIF"),
    ({"cif": {"column": "value", "factor": 0}}, {}, "fields.cif.factor '0': ", "sources.md"),
    ({"cif": {"column": "value", "divide": "much"}}, {}, "fields.cif.divide 'much': ", "sources.md"),
    ({"cif": {"column": "value", "factor": float("inf")}}, {}, "fields.cif.factor", "sources.md"),
    ({"cif": {"column": "value", "decimal": ";"}}, {}, "fields.cif.decimal ';': ", "sources.md"),
    ({"cif": {"column": "v", "thousands": "."}}, {}, "cif.thousands: is the decimal sign as well", "apart"),
    ({"hs_code": {"column": "code", "pad": "odd"}}, {}, "fields.hs_code.pad", "sources.md"),
    ({"hs_code": {"column": "code", "pad": 0}}, {}, "fields.hs_code.pad", "sources.md"),
    (
        {"hs_code": {"column": "code", "factor": 2}},
        {},
        "hs_code.factor: does not fit a field of type code",
        "leave",
    ),
    ({"accepted_at": {"column": "date", "pad": 2}}, {}, "accepted_at.pad: does not fit", "leave"),
    ({"cif": {"column": "value", "date_format": "%Y"}}, {}, "cif.date_format: does not fit", "leave"),
    (
        {"accepted_at": {"column": "d", "date_format": "d/m/y"}},
        {},
        "'d/m/y' is no format of a date",
        "%d/%m/%Y",
    ),
    (
        {"accepted_at": {"column": "d", "date_format": "%Y-%m"}},
        {},
        "'%Y-%m' is no format of a date",
        "%d/%m/%Y",
    ),
    (
        {"accepted_at": {"column": "d", "date_format": "%Y-%m-%d", "default": "x"}},
        {},
        "beside date_format",
        "one",
    ),
    (
        {"origin_country": {"column": "o", "codes": "contry"}},
        {},
        "there is no code list 'contry'",
        "'country'",
    ),
    (
        {"origin_country": {"column": "o", "codes": "country", "table": {"a": "CN"}}},
        {},
        "table: stands",
        "one",
    ),
    ({"transport_mode": {"column": "m", "divide": 10, "pad": 2}}, {}, "divide: stands beside pad", "one"),
    ({"origin_country": {"column": "o", "otherwise": "ZZ"}}, {}, "otherwise: needs table or codes", "add"),
    ({"unit": {"column": "u", "only_unknown": True}}, {}, "only_unknown: needs table or codes", "add"),
    ({"unit": {"column": "u", "table": "no.csv"}}, {}, "there is no table 'no.csv'", "check its name"),
    ({"unit": {"column": "u", "table": "../a.csv"}}, {}, "'../a.csv' is no plain name", "beside the mapping"),
    ({"unit": {"column": "u", "table": "/etc/passwd"}}, {}, "is no plain name", "beside the mapping"),
    ({"unit": {"column": "u", "table": ["a"]}}, {}, "fields.unit.table", "sources.md"),
    ({"brand": {"column": "b", "replace": [{"pattern": "("}]}}, {}, "'(' is no regular expression", "Rust"),
    (
        {"brand": {"column": "b", "replace": [{"patern": "a"}]}},
        {},
        "unknown key 'fields.brand.replace.0.patern'",
        "pat",
    ),
    ({}, {"outcome": {"fields": {}}}, "neither illicit nor finding", "name the column"),
    (
        {},
        {"outcome": {"fields": {"illicit": "f"}, "delay": 3}},
        "unknown key 'outcome.delay'",
        "label_delay_days",
    ),
    (
        {},
        {"outcome": {"fields": {"illicit": "f"}, "label_delay_days": -3}},
        "label_delay_days '-3'",
        "sources",
    ),
    ({}, {"outcome": {"fields": {"ilicit": "f"}}}, "outcome.fields.ilicit: there is no such", "'illicit'"),
    ({}, {"outcome": {"fields": {"illicit": "f", "item_no": "n"}}}, "item_no: is that of the item", "leave"),
    (
        {},
        {"outcome": {"fields": {"finding": {"column": "f", "table": {"a": "fraud"}}}}},
        "'fraud' is no code",
        "see",
    ),
    ({}, {"ignored": ["value"]}, "ignored: column 'value' is used", "leave it out"),
    ({}, {"fields": "all"}, "fields", "sources.md"),
]


@pytest.mark.parametrize(("fields", "changes", "message", "remedy"), BAD)
def test_a_mapping_that_is_wrong_says_what_where_and_what_to_do(
    tmp_path: Path, fields: dict[str, Any], changes: dict[str, Any], message: str, remedy: str
) -> None:
    path = mapping_file(tmp_path, fields, **{key: value for key, value in changes.items() if key != "fields"})
    if "fields" in changes:
        path.write_text(
            path.read_text("utf-8").split("fields:", maxsplit=1)[0] + "fields: all\n", encoding="utf-8"
        )
    with pytest.raises(MappingError) as caught:
        read_mapping(path)
    assert str(caught.value).startswith("example.yaml: ")
    assert message in str(caught.value)
    assert remedy in caught.value.remedy
    assert caught.value.exit_status == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file"),
        (b"- a\n", "the file"),
        (b"a: b\ntitle: [", "line 2"),
        (b"title: a\ntitle: b\n", "'title' stands twice"),
        (b"title: &a b\nsource: *a\n", "alias"),
        (b"title: \xff\n", "UTF-8"),
        (b"\ttitle: a\n", "line 1"),
        (b"title: !!python/object:os.system a\n", "is missing"),
        (b"#" * 1_000_001, "larger than"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused_by_its_name(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(MappingError, match=r"^a\.yaml") as caught:
        read_mapping(tmp_path / "a.yaml")
    assert message in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (b"code,unit\n", "no rows"),
        (b"code,unit\nk,KGM\nk,LTR\n", "'k' stands twice"),
        (b"code,unit\nk\n", "without code or value"),
        (b"code,unit\nk,KG\n", "'KG' is no code"),
        (b'code,unit\n"k,KGM\n', "no CSV"),
        (b"\xff\xfe", "there is no table"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_its_name(tmp_path: Path, table: bytes, message: str) -> None:
    (tmp_path / "units.csv").write_bytes(table)
    with pytest.raises(MappingError, match=r"fields\.unit\.table") as caught:
        read_mapping(mapping_file(tmp_path, {"unit": {"column": "u", "table": "units.csv"}}))
    assert message in str(caught.value)


def test_a_wrong_mapping_stops_before_any_file_is_looked_at(tmp_path: Path) -> None:
    mapping = mapping_file(tmp_path, {"ciff": "value"})
    with pytest.raises(MappingError, match="ciff"):
        adapter_of(str(mapping)).check(tmp_path / "nowhere.csv")


def test_a_format_may_be_the_path_of_a_mapping_and_an_unknown_one_says_so(tmp_path: Path) -> None:
    assert adapter_of(str(mapping_file(tmp_path))).name == "example"
    with pytest.raises(MappingError, match="nowhere") as missing:
        adapter_of(str(tmp_path / "exampel.yaml".replace("exampel", "nowhere"))).check(tmp_path)
    assert missing.value.remedy
    with pytest.raises(MappingError) as near:
        adapter_of(str(tmp_path / "exampel.yaml")).check(tmp_path)
    assert "'example.yaml'" in near.value.remedy
    for name in ("kcs.yml.bak", "comexx", "asycuda"):
        with pytest.raises(UnknownFormatError) as unknown:
            adapter_of(name)
        assert "configs/sources/NAME.yaml" in unknown.value.remedy
    assert "'asycuda-xml'" in unknown.value.remedy


def test_the_example_itself_is_sound(tmp_path: Path) -> None:
    assert read_mapping(mapping_file(tmp_path)).title == MAPPING["title"]


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252"])
def test_a_file_in_an_old_encoding_is_read_where_the_mapping_names_it(encoding: str, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    text = ",".join([*ROW, "descripción"]) + "\n" + ",".join([*ROW.values(), "niños y ñandúes"]) + "\n"
    rows.write_bytes(text.encode(encoding))
    (chunk,) = MappingAdapter(mapping_file(tmp_path, {"description": "descripción"}, encoding=encoding)).read(
        rows, SETTINGS
    )
    assert chunk.items.columns["description"].tolist() == ["niños y ñandúes"]
    with pytest.raises(UnreadableFileError, match="no header of a CSV file in UTF-8") as caught:
        MappingAdapter(mapping_file(tmp_path, {"description": "descripción"})).check(rows)
    assert "mapping" in caught.value.remedy


def test_bytes_that_the_named_encoding_has_not_cost_only_their_row(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    good = ",".join(ROW.values()).encode()
    rows.write_bytes(",".join(ROW).encode() + b"\n" + good.replace(b"D1", b"D\x81") + b"\n" + good + b"\n")
    (chunk,) = MappingAdapter(mapping_file(tmp_path, encoding="windows-1252")).read(rows, SETTINGS)
    assert [fault.rule for fault in chunk.items.unreadable] == ["malformed_row"]
    assert chunk.items.columns["declaration_id"].tolist() == ["D1", None]


def test_an_encoding_that_is_not_known_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="encoding 'utf-7'"):
        read_mapping(mapping_file(tmp_path, encoding="utf-7"))
