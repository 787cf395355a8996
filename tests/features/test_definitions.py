"""Features worked out by hand: what each says of a few items and histories."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from features.columns import Columns, from_records
from features.definitions.declaration import totals
from features.history.entities import HISTORY_NAMES, NEVER
from features.history.history import History
from features.recipe import Recipe
from features.reference.kinds import PARTIES
from features.reference.row_numbers import MISSING
from features.reference.tables import REFERENCE_NAMES
from tests.features.history_reference import Reference, World, worlds

ITEM: dict[str, Any] = {
    "declaration_id": "A",
    "item_no": 1,
    "accepted_at": "2024-03-01",
    "importer_id": "I",
    "declarant_id": "D",
    "seller_id": "S",
    "origin_country": "CN",
    "departure_country": "CN",
    "transport_mode": 1,
    "hs_code": "847130",
    "cif": 100.0,
    "net_kg": 10.0,
}
TODAY = 19_783


def one(name: str, history: dict[str, int] | None = None, **changed: Any) -> float:
    """The value of a feature for one item of a declaration."""
    return values(name, history, [ITEM | changed])[0]


def values(name: str, history: dict[str, int] | None, items: list[dict[str, Any]]) -> list[float]:
    columns = from_records(items).columns
    told = {each: NEVER if each.endswith("_day") else 0 for each in HISTORY_NAMES}
    told |= dict.fromkeys(REFERENCE_NAMES, MISSING) | (history or {})
    known = {each: np.full(len(items), value, np.int64) for each, value in told.items()}
    recipe = Recipe.fit(columns)
    return recipe.matrix(columns, known)[:, recipe.names.index(name)].tolist()


def test_a_decayed_rate_counts_a_newest_outcome_as_one_against_a_prior_weighed_alike() -> None:
    history = {
        "all.known_decayed": 7 * 100,
        "all.illicit_decayed": 7 * 10,
        "importer.known_decayed": 7 * 2 + 3,
        "importer.illicit_decayed": 7 + 3,
    }
    expected = ((1 + 3 / 7) / 0.1 + 20) / (2 + 3 / 7 + 20)
    assert one("importer_relative_rate_decayed", history) == pytest.approx(expected)
    assert one("seller_relative_rate_decayed", history) == 1.0
    assert np.isnan(one("importer_relative_rate_decayed", history | {"all.illicit_decayed": 0}))
    assert np.isnan(one("seller_relative_rate_decayed", history, seller_id=None))


def test_a_rate_of_one_kind_of_finding_is_held_against_the_share_of_that_kind() -> None:
    history = {
        "all.known": 100,
        "all.illicit": 30,
        "all.found_origin": 4,
        "seller.known": 10,
        "seller.illicit": 5,
        "seller.found_origin": 3,
    }
    assert one("seller_origin_rate", history) == pytest.approx((3 / 0.04 + 20) / (10 + 20))
    assert one("importer_origin_rate", history) == 1.0
    assert np.isnan(one("seller_value_rate", history))
    assert np.isnan(one("seller_origin_rate", history, seller_id=None))


def test_goods_that_look_like_those_of_neighbouring_codes_are_told_from_those_that_look_like_their_own() -> (
    None
):
    def sums(name: str, mean: float, items: int = 10) -> dict[str, int]:
        whole = round(mean * 10_000)
        return {f"{name}_n": items, f"{name}_sum": items * whole, f"{name}_sq": items * whole * whole}

    own, others = sums("hs6.uv", 1.0), sums("hs4.uv", 3.0)
    heading = {
        f"hs4.uv_{kind}": own[f"hs6.uv_{kind}"] + others[f"hs4.uv_{kind}"] for kind in ("n", "sum", "sq")
    }
    cheap, dear = (math.exp(1.0) * 50, math.exp(3.0) * 50)
    fit = {
        money: one("unit_value_heading_fit", own | heading, cif=money, net_kg=50.0) for money in (cheap, dear)
    }
    assert fit[cheap] == pytest.approx(-(2.0**2) / 0.1**2 / 2, rel=0.01)
    assert fit[dear] == pytest.approx(2.0**2 / 0.1**2 / 2, rel=0.01)
    few = own | sums("hs4.uv", 1.0, 12)
    assert np.isnan(one("unit_value_heading_fit", few, cif=cheap, net_kg=50.0))


def test_neighbours_with_a_finding_are_counted_without_the_own_importer() -> None:
    history = {
        "all.importers_known": 50,
        "all.importers_illicit": 10,
        "declarant.importers": 8,
        "declarant.importers_known": 4,
        "declarant.importers_illicit": 3,
        "importer.known": 5,
        "importer.illicit": 1,
    }
    met = {"importer_declarant.first_day": TODAY - 300}
    assert one("declarant_neighbour_rate", history) == pytest.approx((3 / 0.2 + 5) / (4 + 5))
    assert one("declarant_neighbour_rate", history | met) == pytest.approx((2 / 0.2 + 5) / (3 + 5))
    assert one("seller_neighbour_rate", history | met) == 1.0
    assert np.isnan(one("declarant_neighbour_rate", history | met, declarant_id=None))


@pytest.mark.parametrize(
    ("first", "met", "others"),
    [(TODAY - 40, TODAY - 30, 2), (TODAY - 40, TODAY - 91, 3), (TODAY - 200, TODAY - 30, 3)],
    ids=["young when they met", "met too long ago", "not young any more"],
)
def test_the_own_importer_is_left_out_of_the_young_ones_if_it_is_among_them(
    first: int, met: int, others: int
) -> None:
    history = {
        "all.first_day": TODAY - 500,
        "importer.first_day": first,
        "importer_seller.first_day": met,
        "seller.importers": 9,
        "seller.importers_young_90d": 3,
    }
    assert one("seller_young_met", history) == pytest.approx(np.log1p(others), abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(worlds())
def test_young_neighbours_are_those_that_a_count_without_the_own_importers_rows_finds(world: World) -> None:
    columns = world.columns()
    history = History.build(world.item_frame(), world.outcome_frame()).as_of(columns)
    recipe = Recipe.fit(columns)
    found = recipe.matrix(columns, history)[:, recipe.names.index("seller_young_met")]
    begun = min(row["day"] for row in Reference(world).rows)
    for number, row in enumerate(Reference(world).rows):
        if row["seller_id"] is None:
            assert np.isnan(found[number])
            continue
        expected = _young_met(Reference(world), row, begun)
        assert found[number] == pytest.approx(np.log1p(expected), abs=1e-4)


def _young_met(reference: Reference, row: dict[str, Any], begun: int) -> int:
    """Other importers that were young on the day within 90 days on which the seller first met them."""
    day, count = row["customs"], 0
    before = [each for each in reference.rows if each["day"] < day]
    for importer in {each["importer_id"] for each in before} - {row["importer_id"]}:
        own = [each["day"] for each in before if each["importer_id"] == importer]
        met = [
            each["day"]
            for each in before
            if each["importer_id"] == importer and each["seller_id"] == row["seller_id"]
        ]
        if met and min(met) >= day - 90:
            count += min(own) - begun >= 90 and min(met) - min(own) < 90
    return count


def test_bursts_hold_a_week_against_its_part_of_a_quarter() -> None:
    history = {"seller.items_7d": 9, "seller.items_90d": 90}
    assert one("seller_burst", history) == pytest.approx(np.log(10 / 8), abs=1e-4)
    assert one("importer_burst", history) == 0.0
    assert np.isnan(one("seller_burst", history, seller_id=None))


def test_a_route_is_new_for_a_seller_unless_a_part_of_it_is_missing() -> None:
    assert one("seller_route_new") == 1.0
    assert one("seller_route_new", {"seller_route.items": 2}) == 0.0
    assert np.isnan(one("seller_route_new", transport_mode=None))


def test_the_share_of_an_origin_is_that_of_the_sellers_earlier_items() -> None:
    assert one("seller_origin_share", {"seller.items": 8, "seller_origin.items": 2}) == 0.25
    assert np.isnan(one("seller_origin_share"))


def test_an_origin_is_as_usual_as_it_is_among_like_goods_and_among_those_that_departed_from_there() -> None:
    history = {
        "hs6.items": 20,
        "origin_hs6.items": 5,
        "departure.items": 50,
        "origin_departure.items": 10,
        "origin.items": 100,
    }
    assert one("origin_hs6_share", history) == 0.25
    assert one("origin_departure_share", history) == 0.2
    assert one("departure_origin_share", history) == 0.1
    assert np.isnan(one("origin_departure_share", history, origin_country=None))
    assert np.isnan(one("origin_hs6_share"))


def test_like_items_are_those_of_the_subheading_in_the_declaration() -> None:
    other = ITEM | {"hs_code": "620342", "cif": 500.0}
    items = [ITEM, ITEM | {"hs_code": "8471300000", "cif": 400.0}, other, ITEM | {"declaration_id": "B"}]
    assert values("like_items", None, items) == pytest.approx(np.log1p([2, 2, 1, 1]), abs=1e-4)
    assert values("like_value_share", None, items) == [0.5, 0.5, 0.5, 1.0]


def test_totals_of_like_items_are_carried_with_those_of_the_declaration() -> None:
    columns: Columns = from_records([ITEM, ITEM | {"item_no": 2}, ITEM | {"hs_code": None}]).columns
    found = totals(columns)
    assert (found.like_items.tolist(), found.like_cents.tolist()) == ([2, 2, 1], [20_000, 20_000, 10_000])
    again = totals({name: array[:1] for name, array in (columns | found.carried).items()})
    assert (again.items.tolist(), again.like_items.tolist()) == ([3], [2])


def test_the_own_value_is_held_against_that_of_the_week_before() -> None:
    history = {"importer_seller.items_7d": 3, "importer_seller.cif_sum_7d": 300}
    assert one("importer_seller_value_share", history) == 0.25
    assert one("importer_seller_value_share") == 1.0
    assert one("importer_seller_items_7d", history) == pytest.approx(np.log(4), abs=1e-4)


def test_a_unit_value_is_held_against_the_median_of_late_and_what_the_party_usually_differs_by() -> None:
    history = {
        "comparables.level": 1,
        "comparables.median": 30_000,
        "seller.dev_n": 15,
        "seller.dev_sum": -20 * 10_000,
    }
    assert one("unit_value_beyond_seller", history) == pytest.approx(2.3026 - 3.0 + 1.0)
    assert one("unit_value_beyond_importer", history) == pytest.approx(2.3026 - 3.0)
    assert one("comparables_median", history) == 3.0
    assert np.isnan(one("comparables_median", history | {"comparables.level": 0}))


def test_the_wording_fits_as_much_as_a_letter_triple_does_on_average_once_enough_are_known() -> None:
    history = {"wording.items": 20, "wording.grams": 4, "wording.fit": -20_000}
    assert one("wording_fit", history) == -0.5
    assert np.isnan(one("wording_fit", history | {"wording.items": 19}))
    assert np.isnan(one("wording_fit", history | {"wording.grams": 0}))


def test_a_missing_description_has_a_flag_and_no_length() -> None:
    assert one("description_length", description="Laptop 15") == 9.0
    assert np.isnan(one("description_length"))
    assert (one("description_missing"), one("description_missing", description="x")) == (1.0, 0.0)


def test_shares_are_held_against_those_of_the_route_and_rates_against_chapter_and_origin() -> None:
    history = {
        "route.fr_n": 5,
        "route.fr_sum": 5 * 500,
        "route.ir_n": 4,
        "hs2.tr_n": 10,
        "hs2.tr_sum": 10 * 600,
        "origin_hs6.tr_n": 10,
        "origin_hs6.tr_sum": 0,
    }
    declared = {"freight": 15.0, "insurance": 1.0, "tax_rate_pct": 11.0}
    assert one("freight_share_route_gap", history, **declared) == pytest.approx(0.1)
    assert np.isnan(one("insurance_share_route_gap", history, **declared))
    assert one("tax_rate_chapter_gap", history, **declared) == pytest.approx(0.05)
    assert one("tax_rate_origin_gap", history, **declared) == pytest.approx(0.11)


def test_a_value_is_held_against_the_market_and_the_market_price_alone_needs_no_value() -> None:
    prices = {"market_prices.low": 20_000, "market_prices.mid": 25_000, "market_prices.high": 30_000}
    own = round(np.log(10.0), 4)
    assert one("market_gap", prices) == pytest.approx(own - 2.5)
    assert one("market_place", prices) == pytest.approx(own - 2.0)
    assert (one("market_mid", prices, cif=None), one("market_known", prices)) == (2.5, 1.0)
    assert np.isnan(one("market_gap"))
    assert np.isnan(one("market_mid"))
    assert one("market_known") == 0.0
    assert np.isnan(one("market_place", prices | {"market_prices.low": 30_000}))


def test_a_company_is_as_old_as_the_register_says_and_nothing_where_it_is_silent() -> None:
    said = {"companies.registered": TODAY - 40, "companies.active": 0, "companies.employees": 0}
    assert [one(f"company_{name}", said) for name in ("age", "active", "employees")] == [40.0, 0.0, 0.0]
    assert all(np.isnan(one(f"company_{name}")) for name in ("age", "active", "employees"))
    neighbours = {"companies.shared": 4, "companies.shared_young": 1}
    assert one("company_shared", neighbours) == round(np.log(5.0), 4)
    assert one("company_shared_young", neighbours) == round(np.log(2.0), 4)
    assert np.isnan(one("company_shared"))


def test_what_is_declared_to_be_worth_nothing_is_the_cheapest_of_its_kind_and_not_without_a_value() -> None:
    history = {"origin_hs6.uv_n": 10, "origin_hs6.uv_sum": 10 * 20_000, "origin_hs6.uv_sq": 10 * 20_000**2}
    for name in ("unit_value", "unit_value_gap", "unit_value_score", "piece_value", "cif_log"):
        nothing, cent, dollar = (
            one(name, history, cif=cif, net_kg=50.0, quantity=5.0) for cif in (0.0, 0.01, 1.0)
        )
        assert nothing == cent < dollar, name
    assert np.isnan(one("unit_value", history, cif=None, net_kg=50.0))
    assert np.isnan(one("unit_value", history, cif=0.0, net_kg=None))


def test_a_declared_exchange_rate_is_held_against_the_official_one() -> None:
    official = {"exchange_rates.rate": 100_000}
    assert one("exchange_gap", official, fx_rate=1.2) == pytest.approx(round(np.log(1.2), 4) - 0.1)
    for rate in (3.715, 0.9241, 1.0005):
        assert one("exchange_gap", {"exchange_rates.rate": round(1e6 * np.log(rate))}, fx_rate=rate) == 0.0
    assert np.isnan(one("exchange_gap", official, fx_rate=None))
    assert np.isnan(one("exchange_gap", fx_rate=1.2))


def test_a_preference_saves_the_general_rate_less_its_own_or_less_its_part_of_it() -> None:
    tariff, covered = {"tariff.rate": 1_100}, {"preference_agreements.covered": 1}
    assert one("tariff_gap", tariff, tax_rate_pct=18.0) == pytest.approx(0.07)
    assert one("preference_saving", tariff | covered | {"preference_agreements.rate": 600}) == pytest.approx(
        0.05
    )
    assert one("preference_saving", tariff | {"preference_agreements.share": 5_000}) == pytest.approx(0.055)
    assert np.isnan(one("preference_saving", tariff))
    assert one("preference_uncovered", covered) == 0.0
    assert one("preference_uncovered", {"preference_agreements.covered": 0}) == 1.0
    assert np.isnan(one("preference_uncovered"))


def test_the_gravest_list_counts_and_where_there_is_no_list_nothing_is_said() -> None:
    nobody = {f"watch_list.{party}": 0 for party in PARTIES}
    assert one("watch_severity", nobody) == 0.0
    assert one("watch_severity", nobody | {"watch_list.brand": 2, "watch_list.seller": 1}) == 2.0
    assert np.isnan(one("watch_severity"))
