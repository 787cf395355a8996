"""Ids cut out of JSON: found by looking for them as by reading every string."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from ledger import cuts

IDS = ("B7", "20131312955", "S 9", ",", ":", "],[", "é", "B")
TEXT = st.sampled_from((*IDS, " B7", "S 9 ", "\t,", "B7 called", "", "x")) | st.text(max_size=4)
JSON = st.recursive(
    st.none() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@given(JSON, st.sampled_from([None, 1]), st.sets(st.sampled_from(IDS), max_size=len(IDS)))
def test_an_id_is_found_by_looking_for_it_where_it_is_found_by_reading(
    value: object, indent: int | None, ids: set[str]
) -> None:
    whole = json.dumps(value, ensure_ascii=False, indent=indent)
    read = [one for one in cuts._read(whole, ids) if not whole[one[1] :].lstrip().startswith(":")]
    assert list(cuts.literals(whole, ids)) == read
    if "\\" not in whole:
        assert list(cuts._searched(whole, ids)) == list(cuts._read(whole, ids))


@given(JSON, st.permutations(IDS))
def test_what_was_cut_out_is_filled_in_again(value: object, ids: list[str]) -> None:
    text = json.dumps(value, ensure_ascii=False).encode()
    forms = cuts.Forms.of(ids)
    rest, holes = cuts.cut(text, forms)
    assert cuts.fill(rest, holes, [list(forms) for forms in forms.literals]) == text
