"""The figures of reasons are those that a count over the rows of the lake gives."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from features.history.history import History
from scoring.figures import FIGURES
from scoring.row import Row
from tests.features.history_reference import Reference, worlds


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds())
def test_the_figures_of_rings_bursts_splitting_and_novelty_are_those_counted_in_the_lake(world):
    columns = world.columns()
    history = History.build(world.item_frame(), world.outcome_frame()).as_of(columns)
    reference = Reference(world)
    for number, row in enumerate(reference.rows):
        told = {code: FIGURES[code](Row(columns, history, number)) for code in _COUNTED}
        for code, expected in _counted(reference, row).items():
            assert {name: told[code][name] for name in expected} == expected


_COUNTED = ("ring", "volume", "splitting", "novelty", "relation_record")


def _counted(reference, row):
    day = row["customs"]
    week = [each for each in reference.items(day) if each["customs"] >= day - 7]
    both = [each for each in week if _alike(each, row, "importer_id", "seller_id")]
    declared = row["seller_id"] is not None
    return {
        "ring": {
            f"{servant}_{name}": count
            for servant in ("declarant", "seller")
            for name, count in _around(reference, row, f"{servant}_id").items()
        },
        "volume": {
            "week": sum(_alike(each, row, "importer_id") for each in week),
            "seller_week": sum(_alike(each, row, "seller_id") for each in week) if declared else None,
        },
        "splitting": {
            "pair_week": len(both) if declared else None,
            "pair_value": sum(round(each["cif"]) for each in both) if declared else None,
        },
        "novelty": {
            "seller_origin_items": sum(
                _alike(each, row, "seller_id", "origin_country") for each in reference.items(day)
            )
            if declared
            else None
        },
        "relation_record": {
            "origin_illicit": sum(
                bool(result["illicit"])
                for each, result in reference.labels(day)
                if _alike(each, row, "seller_id", "origin_country")
            )
            if declared
            else None
        },
    }


def _around(reference, row, servant):
    """Importers seen with a servant before the day, but the row's own."""
    if row[servant] is None:
        return {"others": None, "known": None, "illicit": None}
    met = {
        each["importer_id"]
        for each in reference.rows
        if each["day"] < row["customs"] and _alike(each, row, servant)
    } - {row["importer_id"]}
    labels = reference.labels(row["customs"])
    known = {each["importer_id"] for each, _ in labels}
    illicit = {each["importer_id"] for each, result in labels if result["illicit"]}
    return {"others": len(met), "known": len(met & known), "illicit": len(met & illicit)}


def _alike(one, other, *fields):
    return all(one[field] == other[field] for field in fields)
