"""The data dictionary tells of everything there is, and what features are made of fits what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customs.data_policy import RETENTION, DataClass
from customs.declaration import FIELD, FIELDS, PARTIES
from customs.outcome import OUTCOME_FIELDS
from features.definitions.feature import Feature, Function, Inputs
from features.dictionary import Entry, What, dictionary, named
from features.errors import FeatureError, UnknownNameError
from features.history.entities import COMPARABLES, ENTITIES, ENTITY, HISTORY_NAMES, LEVELS, WORDING, within
from features.history.parts import PARTS
from features.history.state import WORDED
from features.provenance import provenances
from features.recipe import FEATURES
from features.reference.kinds import KIND
from features.reference.lookup import looked_up
from features.reference.tables import REFERENCE_NAMES

ENTRIES = dictionary()
OWN_DAY = {"accepted_at"}
"""The day as of which history is asked: no field that a feature speaks of."""


def of(what: What) -> dict[str, Entry]:
    return {entry.name: entry for entry in ENTRIES if entry.what is what}


def keys_of(name: str) -> set[str]:
    """Fields that make the key of a history value."""
    entity = name.partition(".")[0]
    if name in REFERENCE_NAMES:
        return set(looked_up(KIND[entity]))
    if name in COMPARABLES:
        return {PARTS[part] for level in LEVELS for part in ENTITY[level.entity].parts}
    if name in WORDING:
        return {"description", *(PARTS[part] for part in ENTITY[WORDED].parts)}
    return {PARTS[part] for part in ENTITY[entity].parts}


def test_everything_that_is_declared_remembered_or_made_has_its_entry() -> None:
    assert list(of(What.DECLARED)) == [field.name for field in FIELDS]
    assert list(of(What.FOUND)) == [field.name for field in OUTCOME_FIELDS]
    assert list(of(What.REMEMBERED)) == list(HISTORY_NAMES)
    assert list(of(What.TOLD)) == list(REFERENCE_NAMES)
    assert list(of(What.FEATURE)) == [feature.name for feature in FEATURES]


def test_a_value_that_matters_in_few_rows_is_found_too() -> None:
    sources = {entry.name: entry.source for entry in ENTRIES if entry.what is What.FEATURE}
    assert "all.first_day" in sources["seller_young_met"]
    assert {"all.first_day", "accepted_at"} <= set(sources["declarant_young_met"])


def test_no_entry_leaves_anything_open() -> None:
    for entry in ENTRIES:
        assert all((entry.meaning, entry.unit, entry.known, entry.kept, entry.group)), entry
        of_all = entry.name in {"warnings", "all.items", "all.first_day"}
        assert entry.what in {What.DECLARED, What.FOUND} or entry.source or of_all, entry


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_feature_speaks_of_the_fields_that_it_is_made_of_and_of_no_other(feature: Feature) -> None:
    entry = of(What.FEATURE)[feature.name]
    through_history = {field for name in entry.history for field in keys_of(name)}
    assert set(feature.fields) <= set(FIELD)
    assert set(feature.fields) <= set(entry.fields) | through_history
    assert set(entry.fields) | through_history <= set(feature.fields) | OWN_DAY


@given(st.data())
def test_what_a_feature_is_made_of_is_found_by_running_it(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(HISTORY_NAMES), min_size=1, max_size=4, unique=True))
    field = data.draw(st.sampled_from(("cif", "net_kg", "quantity", "seller_id")))
    others = tuple(data.draw(st.lists(st.sampled_from(HISTORY_NAMES), max_size=4)))

    def function(inputs: Inputs) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        inputs.counts((*others, *names))
        return np.where(inputs.missing(field), -1.0, inputs.counts(tuple(names)).sum(axis=0))

    found = provenances([Feature("x", "x", (field,), "x", function)], HISTORY_NAMES)["x"]
    assert (found.columns, set(found.history)) == ((field,), set(names))


def test_a_new_aggregate_and_a_new_feature_appear_by_themselves() -> None:
    aggregate = within("illicit", 90)
    entities = [
        replace(each, aggregates=(*each.aggregates, aggregate)) if each.name == "hs4" else each
        for each in ENTITIES
    ]
    feature = Feature("new", "novelty", ("hs_code",), "new", lambda inputs: inputs.count("hs4.illicit_90d"))
    found = dictionary(entities, (*FEATURES, feature))
    (past,), (made,) = named("hs4.illicit_90d", found), named("new", found)
    assert past.meaning == "items found irregular of the heading, within 90 days"
    assert past.fields == ("hs_code", "illicit")
    assert made.history == ("hs4.illicit_90d",)
    assert len(found) == len(ENTRIES) + 2


def test_what_is_remembered_of_a_party_is_as_personal_as_the_party() -> None:
    for entry in (of(What.REMEMBERED) | of(What.TOLD)).values():
        of_party = bool(keys_of(entry.name) & set(PARTIES))
        assert (entry.data is DataClass.PERSONAL) == of_party, entry.name


def test_a_feature_is_no_less_personal_than_what_it_is_made_of() -> None:
    held = of(What.DECLARED) | of(What.REMEMBERED) | of(What.TOLD)
    order = list(DataClass)
    for entry in of(What.FEATURE).values():
        of_sources = [order.index(held[name].data) for name in entry.source]
        assert order.index(entry.data) >= max(of_sources, default=0)


def test_every_class_of_data_has_its_retention() -> None:
    assert set(RETENTION) == set(DataClass)


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as refused:
        named("importer.itms_30d", ENTRIES)
    assert "importer.items_30d" in refused.value.remedy


@pytest.mark.parametrize(
    ("function", "name", "near"),
    [
        (lambda inputs: inputs.count("importer.item"), "importer.item", "importer.items"),
        (lambda inputs: inputs.counts(("hs6.known", "hs6.knwon")), "hs6.knwon", "hs6.known"),
        (lambda inputs: inputs.known("tariff.rat"), "tariff.rat", "tariff.rate"),
        (lambda inputs: inputs.number("ciff"), "ciff", "cif"),
        (lambda inputs: inputs.code("regim"), "regim", "regime"),
        (lambda inputs: inputs.absent(("importr",)), "importr", "importer"),
        (lambda inputs: inputs.missing("brnd"), "brnd", "brand"),
    ],
)
def test_a_feature_that_asks_for_a_misspelt_name_is_told_which(
    function: Function, name: str, near: str
) -> None:
    wrong = Feature("wrong", "novelty", ("cif",), "wrong", function)
    with pytest.raises(FeatureError, match=f"feature 'wrong' asks for '{name}'") as refused:
        dictionary(features=(*FEATURES, wrong))
    assert f"'{near}'" in refused.value.remedy


def test_a_feature_that_speaks_of_a_field_that_there_is_not_is_told() -> None:
    wrong = Feature("wrong", "novelty", ("hs_cod",), "wrong", lambda inputs: inputs.number("cif"))
    with pytest.raises(FeatureError, match="speaks of the field 'hs_cod'") as refused:
        provenances([wrong], HISTORY_NAMES)
    assert "'hs_code'" in refused.value.remedy
