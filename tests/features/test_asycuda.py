"""Documents of ASYCUDA World become canonical rows; hostile and broken ones are refused by name."""

from __future__ import annotations

import json
import socket
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.adapters import ADAPTERS, RawChunk
from features.adapters.asycuda_documents import split_documents
from features.adapters.asycuda_xml import declaration_of
from features.columns import from_records
from features.errors import UnreadableFileError
from features.intake import ingest
from features.lake import Lake
from features.settings import AsycudaSettings, IntakeSettings
from tests.features.intake_examples import NOW, quarantined

SAMPLES = Path(__file__).parent / "asycuda"
REGISTERED = (SAMPLES / "registered.xml").read_bytes()
UNREGISTERED = (SAMPLES / "unregistered.xml").read_bytes()
SETTINGS = IntakeSettings()
MARKS = [
    *(b"<ASYCUDA>", b"</ASYCUDA>", b"<ASYCUDA/>", b"<Item/>", b"<!--", b"-->", b"\n"),
    *(b"<![CDATA[", b"]]>", b"<?xml a?>", b"<?b", b"<!DOCTYPE a>"),
]
NAMES = {
    *("dtd", "entity", "encoding", "malformed", "too_large", "too_deep", "too_many_items"),
    *("xinclude", "instruction", "other_root", "empty"),
}


def chunks(path: Path, **changes: Any) -> list[RawChunk]:
    return list(ADAPTERS["asycuda-xml"].read(path, IntakeSettings(**changes)))


def written(path: Path, xml: bytes) -> Path:
    path.write_bytes(xml)
    return path


def refused(xml: bytes, **asycuda: Any) -> str:
    reading = declaration_of(xml, IntakeSettings(asycuda=AsycudaSettings(**asycuda)))
    assert reading.records == reading.lines == ()
    assert reading.error is not None
    assert reading.error.remedy
    return reading.error.name


def test_each_item_of_a_document_is_a_record_and_what_is_said_once_repeats() -> None:
    first, second = declaration_of(REGISTERED, SETTINGS).records
    assert first == {
        "declaration_id": "EX01-2024-C4711",
        "item_no": 1,
        "accepted_at": "2024-03-05",
        "office_id": "EX01",
        "regime": "4000",
        "process_type": "000",
        "import_type": "IM4",
        "payment_type": "CASH",
        "importer_id": "1000001",
        "declarant_id": "B77",
        "seller_id": "X9",
        "transport_mode": 1,
        "container_id": "CSQU3054383",
        "departure_country": "JP",
        "origin_country": "JP",
        "incoterm": "FOB",
        "hs_code": "8703232226",
        "description": "Vehicle, used, 1,8 l & 5 doors",
        "quantity": 1.0,
        "unit": "H87",
        "packages": 1.0,
        "gross_kg": 1450.0,
        "net_kg": 1400.0,
        "currency": "JPY",
        "invoice_amount": 60.0,
        "fx_rate": 150.0,
        "fob": 9000.0,
        "freight": 800.0,
        "insurance": 200.0,
        "adjustment": 30.0,
        "cif": 10030.0,
        "valuation_method": 1.0,
        "total_taxes": 1003.0,
    }
    assert second["declaration_id"] == first["declaration_id"]
    assert (second["item_no"], second["preference_code"]) == (2, "ASEAN")
    assert "container_id" not in second
    assert second["hs_code"] == "01012900", "eight digits and a precision of three would be eleven"


def test_a_document_that_is_not_registered_goes_by_the_declarants_reference() -> None:
    (record,) = declaration_of(UNREGISTERED, SETTINGS).records
    assert record["declaration_id"] == "EX02-B78-R-2024-9"
    assert record["accepted_at"] == "2024-03-06"
    assert (record["incoterm"], record["currency"], record["fx_rate"]) == ("CIF", "EUR", 1.4)
    absent = {"gross_kg", "net_kg", "quantity", "unit", "insurance", "adjustment", "seller_id", "fob"}
    assert not absent & set(record)
    assert "packages" not in record, "0.06 of a package"


def test_records_are_json_and_pass_for_what_the_api_takes() -> None:
    records = declaration_of(REGISTERED, SETTINGS).records
    reading = from_records(json.loads(json.dumps(records)))
    assert (reading.unreadable, reading.unknown) == ((), ())


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        (b"<Mode>10</Mode>", b"<Mode>40</Mode>", "transport_mode", 4),
        (b"<Mode>10</Mode>", b"<Mode>08</Mode>", "transport_mode", 8),
        (b"<Mode>10</Mode>", b"<Mode>AIR</Mode>", "transport_mode", "AIR"),
        (b"<Mode>10</Mode>", b"<Mode>VIA2</Mode>", "transport_mode", 2),
        (b"<Date>3/5/24</Date>", b"<Date>2024-03-05</Date>", "accepted_at", "2024-03-05"),
        (b"<Date>3/5/24</Date>", b"<Date>31/3/24</Date>", "accepted_at", "31/3/24"),
        (b"<Currency_code>JPY</Currency_code>", b"<Currency_code>392</Currency_code>", "currency", "JPY"),
        (b">H87</Suppplementary_unit_code", b">UNT</Suppplementary_unit_code", "unit", "H87"),
        (b"<Total_CIF_itm>10030.0", b"<Total_CIF_itm>10.030,00", "cif", "10.030,00"),
        (b"<Total_CIF_itm>10030.0", b"<Total_CIF_itm>1e99", "cif", 1e99),
        (b"<Total_CIF_itm>10030.0</Total_CIF_itm>", b"", "cif", 10030.0),
        (b"<Amount_national_currency>800.0", b"<Amount_national_currency>dear", "freight", "dear"),
        (b"<Commercial_Description>Vehicle", b"<Commercial_Description>\n V", "description", None),
        (b"<ASYCUDA>", b'<ASYCUDA xmlns="urn:a">', "cif", 10030.0),
    ],
)
def test_values_are_read_as_the_document_says_them(
    old: bytes, new: bytes, field: str, value: float | str | None
) -> None:
    asycuda = AsycudaSettings(transport_modes={"VIA2": 2}, units={"UNT": "H87"})
    assert old in REGISTERED
    record = declaration_of(REGISTERED.replace(old, new), IntakeSettings(asycuda=asycuda)).records[0]
    expected = "V, used, 1,8 l & 5 doors" if value is None else value
    assert record[field] == expected


def test_what_cannot_be_read_refuses_its_row_by_name(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xml", REGISTERED.replace(b"<Total_CIF_itm>10030.0", b"<Total_CIF_itm>much"))
    report = ingest(
        [path, SAMPLES / "several.xml", SAMPLES / "unregistered.xml"],
        format="asycuda-xml",
        lake=Lake(tmp_path / "lake"),
        quarantine=tmp_path / "quarantine",
        settings=SETTINGS,
        now=NOW,
    )
    assert (report.rows, report.accepted, report.refused) == (6, 4, 2)
    entries = quarantined(tmp_path / "quarantine")
    assert [(entry["source"], entry["line"], entry["field"], entry["rule"]) for entry in entries] == [
        ("a.xml", 143, "cif", "unreadable_value"),
        ("several.xml", 269, "", "malformed_row"),
    ]
    assert entries[1]["value"].startswith("malformed: the document is no well-formed XML at line")


def test_rows_stand_in_the_line_of_their_item_whatever_the_size_of_chunks() -> None:
    for size in (1, 2, 1000):
        parts = chunks(SAMPLES / "several.xml", chunk_rows=size)
        assert all(len(part.items.lines) <= size for part in parts)
        assert sorted(line for part in parts for line in part.items.lines.tolist()) == [139, 269, 672]
        assert parts[-1].done == parts[-1].total


def test_documents_may_follow_each_other_without_an_element_round_them(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xml", REGISTERED + UNREGISTERED)
    (chunk,) = chunks(path)
    assert chunk.items.columns["item_no"].tolist() == [1, 2, 1]
    assert chunk.items.unreadable == ()


def test_a_document_is_refused_by_the_name_of_what_is_wrong_with_it() -> None:
    def below(prolog: bytes = b"", text: bytes = b"x") -> bytes:
        return prolog + b"<ASYCUDA><Item><A>" + text + b"</A></Item></ASYCUDA>"

    entity = b'<!DOCTYPE a [<!ENTITY b "c">]>'
    include = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'
    assert refused(below(b"<!DOCTYPE a>")) == "dtd"
    assert refused(below(entity, b"&b;")) == "dtd"
    assert refused(below(b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">')) == "dtd"
    assert refused(below(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>', b"&b;")) == "dtd"
    assert refused(below(b"", b"&b;")) == "malformed"
    assert refused(below(b"", include)) == "xinclude"
    assert refused(below(b'<?xml-stylesheet href="a.xsl"?>')) == "instruction"
    assert refused(below(b"", b"\0")) == "encoding"
    assert refused(below(b"", b"\xff")) == "malformed"
    assert refused(below(b"", b"&#0;")) == "malformed"
    assert refused(below().decode().encode("utf-16")) == "encoding"
    assert refused(below(b'<?xml version="1.0" encoding="utf-7"?>')) == "encoding"
    assert refused(below(b'<?xml version="1.0" encoding="idna"?>')) == "encoding"
    assert refused(below()[:-5]) == "malformed"
    assert refused(below() * 2) == "malformed"
    assert refused(b"") == "malformed"
    assert refused(b"<a/>") == "other_root"
    assert refused(b"<ASYCUDA/>") == "empty"
    assert refused(b"<ASYCUDA><a><Item/></a></ASYCUDA>") == "empty"
    assert refused(below(b"", b"x" * 2000), document_bytes=1000) == "too_large"
    assert refused(b"<ASYCUDA>" + b"<Item/>" * 4 + b"</ASYCUDA>", items=3) == "too_many_items"
    assert refused(below(b"", b"<b>" * 20 + b"</b>" * 20)) == "too_deep"
    assert refused(b"<ASYCUDA>" + b"<b>" * 300_000) == "too_deep"


def test_a_bomb_of_entities_costs_nothing() -> None:
    levels = b"".join(b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    bomb = b'<!DOCTYPE a [<!ENTITY a0 "lol">' + levels + b"]><ASYCUDA><Item>&a11;</Item></ASYCUDA>"
    assert refused(bomb) == "dtd"


def test_eight_bit_encodings_are_read_as_declared() -> None:
    text = REGISTERED.decode().replace("Vehicle", "Vehículo").replace("UTF-8", "ISO-8859-1")
    record = declaration_of(text.encode("iso-8859-1"), SETTINGS).records[0]
    assert str(record["description"]).startswith("Vehículo")


def test_nothing_is_opened_and_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise AssertionError("the parser reached outside")

    monkeypatch.setattr(socket, "socket", stopped)
    monkeypatch.setattr("builtins.open", stopped)
    outside = b'<!DOCTYPE a [<!ENTITY % b SYSTEM "file:///etc/passwd"> %b;]><ASYCUDA><Item/></ASYCUDA>'
    assert refused(outside) == "dtd"
    assert declaration_of(REGISTERED, SETTINGS).error is None


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe<\0", b"a,b\n1,2", b"<html></html>", b"PK\x03\x04", b"\0"]
)
def test_a_file_without_documents_is_an_error_with_its_remedy(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        ADAPTERS["asycuda-xml"].check(written(tmp_path / "a.xml", content))
    assert caught.value.remedy


def test_a_document_that_is_too_large_costs_itself_and_bounded_memory() -> None:
    large = b"<ASYCUDA><Item><a>" + b"x" * 500_000 + b"</a></Item></ASYCUDA>"
    comment = b"<ASYCUDA><!--" + b"x" * 500_000
    small = b"<ASYCUDA><Item/></ASYCUDA>"
    pieces = list(
        split_documents(BytesIO(b"<a>" + small + large + small + comment + small + b"</a>"), 100_000)
    )
    assert [piece.xml for piece in pieces if piece.xml is not None and len(piece.xml) < 1000] == [
        small,
        small,
        b"<ASYCUDA><!--",
        small,
    ]
    assert len(pieces) == 5


def test_marks_inside_comments_and_character_data_are_text(tmp_path: Path) -> None:
    hidden = b"<![CDATA[</ASYCUDA><ASYCUDA><Item/></ASYCUDA>]]>"
    xml = REGISTERED.replace(b"Horse of wood", hidden).replace(
        b"</Valuation>", b"<!-- </ASYCUDA> --></Valuation>"
    )
    (chunk,) = chunks(written(tmp_path / "a.xml", xml + UNREGISTERED))
    assert chunk.items.unreadable == ()
    assert chunk.items.columns["description"][1] == "</ASYCUDA><ASYCUDA><Item/></ASYCUDA>"


def test_a_truncated_document_does_not_take_the_next_one_with_it(tmp_path: Path) -> None:
    (chunk,) = chunks(written(tmp_path / "a.xml", REGISTERED[:9000] + UNREGISTERED + REGISTERED[:5000]))
    assert chunk.items.columns["item_no"][0] == 1
    assert [fault.value.split(":")[0] for fault in chunk.items.unreadable] == ["malformed", "malformed"]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_bytes_give_rows_or_a_named_error_and_never_a_crash(data: st.DataObject) -> None:
    xml = bytearray(data.draw(st.sampled_from([REGISTERED, UNREGISTERED])))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(xml) - 1))
        cut = data.draw(st.integers(0, 40))
        junk = st.binary(max_size=6) | st.sampled_from(
            [b"<", b">", b"&", b"]]>", b"<!--", b"<Item>", b"<?x?>"]
        )
        xml[at : at + cut] = data.draw(junk)
    reading = declaration_of(bytes(xml), SETTINGS)
    assert (reading.error is None) == bool(reading.records)
    if reading.error is not None:
        assert reading.error.name in NAMES
    from_records(list(reading.records))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=30) | st.sampled_from(MARKS), max_size=30))
def test_any_bytes_are_split_to_their_end(parts: list[bytes]) -> None:
    xml = b"".join(parts)
    pieces = list(split_documents(BytesIO(xml), 1000))
    assert all(piece.xml is None or b"<ASYCUDA" in piece.xml for piece in pieces)
    assert sum(len(piece.xml or b"") for piece in pieces) <= len(xml) + len(pieces) * 100
    assert [piece.line for piece in pieces] == sorted(piece.line for piece in pieces)


@pytest.mark.parametrize("shift", [*range(65_100, 65_700, 13), 130_000])
def test_marks_across_the_borders_of_what_is_read_at_once_are_seen(shift: int) -> None:
    one, two = b"<ASYCUDA>\n<!-- <ASYCUDA> --><Item/>\n</ASYCUDA>", b"<ASYCUDA><Item/></ASYCUDA>"
    for before in (b" " * shift, b"<!--" + b"x" * shift + b"-->", b"\n" * shift):
        pieces = list(split_documents(BytesIO(before + one + two + one), 1_000_000))
        assert [piece.xml for piece in pieces] == [one, two, one]
        first = before.count(b"\n") + 1
        assert [piece.line for piece in pieces] == [first, first + 2, first + 2]
