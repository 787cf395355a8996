"""Past inspections like an item: nearest by what the model says, the same when read again, without ids."""

from __future__ import annotations

import json

import numpy as np
import pytest

from scoring.errors import ColumnError
from scoring.past_cases import MOST, PastCases
from scoring.reasons import summed
from tests.scoring.scorers import declaration, items, scorer


def _cases() -> PastCases:
    cases = scorer().past_cases
    assert cases is not None
    return cases


def test_the_nearest_cases_are_those_that_a_search_through_all_finds() -> None:
    whole, (columns, history) = scorer(), declaration(7)
    scores = whole.score(columns, history)
    assert whole.risk is not None
    parts = whole.risk.contributions(scores.matrix, scores.raw)[1]
    own = summed(whole.recipe, parts)
    distances = sorted(
        sum((said - own[code]) ** 2 for code, said in zip(_cases().codes, sums, strict=True)) ** 0.5
        for sums in _cases().sums.tolist()
    )
    found = whole.similar(scores, 1)
    assert [case.distance for case in found] == pytest.approx(distances[:MOST], abs=5e-4)
    assert found[0].distance == 0.0  # the item is among the cases itself


def test_of_cases_as_near_the_newest_come_first() -> None:
    cases = PastCases(
        ("records",), np.zeros((3, 1)), _cases().customs_date[:3], ["1", "2", "3"], ["CN"] * 3, ["none"] * 3
    )
    assert [case.heading for case in cases.nearest({"records": 0.0})] == ["3", "2", "1"]


def test_cases_are_the_same_to_a_thousandth_once_written_and_read() -> None:
    read = PastCases.from_json(json.loads(json.dumps(_cases().to_json())))
    assert np.abs(read.sums - _cases().sums).max() <= 5e-4
    assert (read.codes, list(read.customs_date)) == (_cases().codes, list(_cases().customs_date))
    assert (read.heading, read.origin_country, read.finding) == (
        _cases().heading, _cases().origin_country, _cases().finding
    )  # fmt: skip


def test_no_id_of_a_party_or_declaration_goes_with_them() -> None:
    columns, _ = items()
    written = json.dumps(_cases().to_json())
    for field in ("declaration_id", "importer_id", "declarant_id", "seller_id"):
        assert not any(f'"{text}"' in written for text in set(columns[field].tolist()) if text)


def test_contributions_by_other_codes_are_refused() -> None:
    with pytest.raises(ColumnError, match="not by the codes"):
        _cases().nearest({"another": 1.0})
