"""Records, their bytes, and the exactness of what is written in them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from customs.lane import Lane
from ledger.canonical import canonical
from ledger.errors import RecordError
from ledger.exact import exact, exact_bytes, floats, integers
from ledger.json_bytes import json_bytes, spelled
from ledger.record import Kind, Record
from ledger.record_id import record_id
from ledger.verifier import leaf_hash

NAME = st.text("abcXYZ019._:-", min_size=1, max_size=40)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | TEXT | st.integers() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=6,
)  # fmt: skip
INSTANT = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_the_leaf_bytes_of_format_1_are_these_for_ever() -> None:
    record = Record(
        id="019b7c01-0400-7000-8000-000000000000",
        kind=Kind.DECISION,
        recorded_at=datetime(2026, 1, 1, 19, tzinfo=timezone(timedelta(hours=-5))),
        client="clearance",
        key="9f86d081884c7d65",
        about=None,
        public={"lane": Lane.RED, "p_physical": 1.0, "draw": 0.1, "big": 2**53, "é": None, "small": 1e-7},
        sealed={"owner": "k", "box": b"\x00\xff"},
    )
    leaf = (
        b'{"about":null,"client":"clearance","format":1,"id":"019b7c01-0400-7000-8000-000000000000",'
        b'"key":"9f86d081884c7d65","kind":"decision","public":{"big":"9007199254740992","draw":0.1,"lane":"red",'
        b'"p_physical":1,"small":1e-7,"\xc3\xa9":null},"recorded_at":"2026-01-02T00:00:00.000000Z",'
        b'"sealed":{"box":"AP8=","owner":"k"}}'
    )
    assert record.leaf() == leaf
    assert leaf_hash(leaf) == hashlib.sha256(b"\x00" + leaf).digest()


def test_a_record_of_what_can_stand_once_is_of_format_2_and_reads_back() -> None:
    record = Record("r1", Kind.DECISION, datetime(2026, 1, 2, tzinfo=UTC), "c", "k", once="o1")
    leaf = record.leaf()
    assert b'"format":2' in leaf
    assert b'"once":"o1"' in leaf
    assert Record.parse(leaf) == record
    for other in (leaf.replace(b'"format":2', b'"format":1'), leaf.replace(b'"once"', b'"onze"')):
        with pytest.raises(RecordError):
            Record.parse(other)


@given(
    id_=NAME,
    key=NAME,
    instant=INSTANT,
    public=st.dictionaries(TEXT, JSON, max_size=3),
    kind=st.sampled_from(Kind),
)
def test_a_record_read_from_its_leaf_has_that_leaf(
    id_: str, key: str, instant: datetime, public: dict[str, object], kind: Kind
) -> None:
    record = Record(id_, kind, instant, "client", key, None, public)
    again = Record.parse(record.leaf())
    assert again.leaf() == record.leaf()
    assert (again.id, again.kind, again.recorded_at, again.key) == (id_, kind, instant, key)


@given(JSON.map(exact))
def test_details_have_the_bytes_that_python_writes(value: object) -> None:
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    assert exact_bytes(value) == plain.encode()


@given(st.floats(allow_nan=False, allow_infinity=False) | st.floats(1e-6, 1e-3) | st.floats(1e15, 1e17))
def test_a_float_is_spelled_as_python_writes_it(number: float) -> None:
    for each in (number, -number):
        assert json_bytes([spelled(each)]) == json.dumps([each]).encode()


@given(JSON.map(exact))
def test_canonical_json_is_what_the_rfc_says(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(public=st.dictionaries(TEXT, JSON, max_size=3), sealed=st.dictionaries(TEXT, JSON, max_size=3))
def test_a_leaf_is_the_canonical_json_of_all_its_names_at_once(
    public: dict[str, object], sealed: dict[str, object]
) -> None:
    open_part = Record("r", Kind.DECISION, datetime(2026, 1, 1, tzinfo=UTC), "c", "k", "a", public)
    record = open_part.with_seal(sealed)
    names = {**json.loads(open_part.leaf()), "public": exact(public), "sealed": exact(sealed)}
    assert record.leaf() == rfc8785.dumps(names)
    assert record == replace(open_part, sealed=sealed)
    assert record.leaf() == replace(open_part, sealed=sealed).leaf()
    assert record.in_the_open == open_part.leaf() == replace(record, sealed=None).leaf()


@pytest.mark.parametrize("field", ["id", "client", "key"])
def test_a_name_that_is_not_plain_is_refused(field: str) -> None:
    names: dict[str, Any] = {"id": "r", "client": "c", "key": "k"} | {field: "20100070970 SA\n"}
    with pytest.raises(RecordError, match=field) as refused:
        Record(kind=Kind.ACCESS, recorded_at=datetime(2026, 1, 1, tzinfo=UTC), **names)
    assert "2010" not in str(refused.value)


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(RecordError, match="offset"):
        Record("r", Kind.ACCESS, datetime(2026, 1, 1), "c", "k")  # noqa: DTZ001


LEAF = Record("r", Kind.ACCESS, datetime(2026, 1, 1, tzinfo=UTC), "c", "k").leaf()


@pytest.mark.parametrize(
    "leaf",
    [b"", b"[]", b"{}", LEAF[:-1], LEAF.replace(b"access", b"rumour"), b'{"a":' * 5000,
     LEAF.replace(b'"format":1', b'"format":2'),
     LEAF.replace(b'"id":"r"', b'"id":7')],
)  # fmt: skip
def test_bytes_that_are_no_record_are_refused(leaf: bytes) -> None:
    with pytest.raises(RecordError):
        Record.parse(leaf)


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_integers_of_64_bits_come_back_exactly(values: list[int]) -> None:
    array = np.array(values, dtype=np.int64)
    written = json.loads(json.dumps(exact(array)))
    assert np.array_equal(integers(written), array)
    assert all(isinstance(value, str) or abs(value) < 2**53 for value in written)


@given(st.lists(st.floats()))
def test_floats_come_back_with_the_same_bits(values: list[float]) -> None:
    array = np.array(values, dtype=np.float64)
    back = floats(json.loads(json.dumps(exact(array), allow_nan=False)))
    number = ~np.isnan(array)
    assert np.array_equal(np.isnan(back), ~number)
    assert back[number].tobytes() == array[number].tobytes()


@given(st.lists(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3), min_size=1))
def test_an_array_is_written_as_its_values_are(values: list[list[int]]) -> None:
    for array in (np.array(values, dtype=np.int64), np.array(values, dtype=np.float64)):
        array.flat[-1] = -(2**63)
        assert exact(array) == exact(array.tolist())
        assert exact_bytes(array) == exact_bytes(array.tolist())


def test_what_has_no_json_form_is_refused_by_its_type_alone() -> None:
    with pytest.raises(TypeError, match="type set"):
        exact({"importer": {"20100070970"}})


@given(
    instants=st.lists(INSTANT, min_size=2, max_size=2).map(sorted),
    entropies=st.lists(st.binary(min_size=10, max_size=10), min_size=2, max_size=2),
)
def test_record_ids_sort_by_time(instants: list[datetime], entropies: list[bytes]) -> None:
    earlier, later = (
        record_id(instant, entropy) for instant, entropy in zip(instants, entropies, strict=True)
    )
    if instants[1] - instants[0] >= timedelta(milliseconds=1):
        assert earlier < later
    assert (earlier == later) <= (entropies[0] == entropies[1] or instants[0] == instants[1])


@pytest.mark.parametrize("public", [{"note": "\ud800"}, {"\udfff": 1}, {"é": 1, "\ud800": 2}])
def test_half_a_character_is_refused_in_the_open_and_in_the_details(public: dict[str, object]) -> None:
    record = Record("r", Kind.ACCESS, datetime(2026, 1, 1, tzinfo=UTC), "c", "k", None, public)
    for write in (record.leaf, lambda: exact_bytes(public)):
        with pytest.raises(RecordError, match="cannot be written"):
            write()


@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_equal_details_have_equal_bytes_that_read_back_the_same(details: dict[str, object]) -> None:
    written = exact_bytes(details)
    assert exact_bytes(dict(reversed(details.items()))) == written
    assert exact_bytes(json.loads(written)) == written
    assert json.loads(written) == exact(details)


def test_nothing_and_what_is_not_a_number_are_told_apart_and_zero_keeps_its_sign() -> None:
    assert exact_bytes([None, float("nan"), -0.0, 0, 1.0]) == b'[null,"nan",-0.0,0,1.0]'
