"""What is looked for in the reference tables: each check finds the rows at fault, and has its remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from features.codes.hs import NATIONAL_CHAPTERS, subheadings_2022
from features.codes.numbers import is_container
from features.codes.preferences import fits
from features.reference.scene import Scene
from features.validation_rule import Level

LARGEST_RATE = 200.0
"""A general rate above this many percent is doubted."""

LARGEST_STEP = 2.0
"""An exchange rate that moves by more than this factor between two rows is doubted."""

LARGEST_PRICE_STEP = 10.0
"""A market price that moves by more than this factor between two rows is doubted."""

LARGEST_SPREAD = 100.0
"""A high price of more than so many times the low one is doubted."""


@dataclass(frozen=True)
class Check:
    """One check: `find` gives the rows of a table that it finds at fault; empty `kinds` are all of them."""

    name: str
    level: Level
    meaning: str
    remedy: str
    find: Callable[[Scene], pl.DataFrame]
    kinds: tuple[str, ...] = ()


def _stale(scene: Scene) -> pl.DataFrame:
    """All rows, the newest first."""
    newest: Any = scene.standing["known_date"].max()
    if (scene.today - newest).days <= scene.kind.refreshed_days:
        return scene.standing.clear()
    return scene.standing.sort("known_date", descending=True, maintain_order=True)


def _overlaps(scene: Scene) -> pl.DataFrame:
    key = list(scene.kind.subject[:-1])
    following = pl.col("valid_from").shift(-1).over(key)
    ordered = scene.standing.sort("valid_from", maintain_order=True)
    return ordered.filter(pl.col("valid_to") >= following)


def _gaps(scene: Scene) -> pl.DataFrame:
    return scene.standing[np.unique(scene.timeline.gaps().rows)]


def _resumed(scene: Scene) -> pl.DataFrame:
    return scene.standing[scene.timeline.resumed()]


def _unlisted(scene: Scene) -> pl.DataFrame:
    name = "to_code" if scene.kind.name == "hs_correlation" else "hs_code"
    known = {code[:digits] for code in subheadings_2022() for digits in (2, 4, 5, 6)}
    current = pl.col("to_edition") == "2022" if name == "to_code" else pl.lit(value=True)
    rows = scene.standing.drop_nulls(name).filter(current)
    codes = rows[name].str.slice(0, 6).to_list()
    unlisted = [code not in known and code[:2] not in NATIONAL_CHAPTERS for code in codes]
    return rows.filter(pl.Series(unlisted, dtype=pl.Boolean))


def _high_rates(scene: Scene) -> pl.DataFrame:
    return scene.standing.filter(pl.col("rate_pct") > LARGEST_RATE)


def _rate_jumps(scene: Scene) -> pl.DataFrame:
    return _jumps(scene, "rate", ["currency"], LARGEST_STEP)


def _price_jumps(scene: Scene) -> pl.DataFrame:
    return _jumps(scene, "price_mid", ["hs_code", "origin_country", "currency", "unit"], LARGEST_PRICE_STEP)


def _jumps(scene: Scene, number: str, of: list[str], factor: float) -> pl.DataFrame:
    """Rows whose number lies further than a factor from that of the row before."""
    step = pl.col(number).log().diff().over(of).abs()
    ordered = scene.standing.sort("valid_from", maintain_order=True)
    return ordered.filter(step > pl.lit(factor).log())


def _own_rates(scene: Scene) -> pl.DataFrame:
    own = pl.col("currency") == scene.settings.valuation_currency
    return scene.standing.filter(own & (pl.col("rate") != 1))


def _spreads(scene: Scene) -> pl.DataFrame:
    return scene.standing.filter(pl.col("price_high") > LARGEST_SPREAD * pl.col("price_low"))


def _without_rate(scene: Scene) -> pl.DataFrame:
    known = [*scene.tables["exchange_rates"]["currency"].unique(), scene.settings.valuation_currency]
    return scene.standing.filter(~pl.col("currency").is_in(known))


def _registered_later(scene: Scene) -> pl.DataFrame:
    return scene.standing.filter(pl.col("registered_on") > pl.col("known_date"))


def _misfits(scene: Scene) -> pl.DataFrame:
    further = scene.settings.preferences
    rows = scene.standing.drop_nulls("origin_country")
    pairs = rows.select("preference_code", "origin_country").rows()
    misfit = [not fits(preference, origin, further) for preference, origin in pairs]
    return rows.filter(pl.Series(misfit, dtype=pl.Boolean))


def _costs_more(scene: Scene) -> pl.DataFrame:
    """Preferential rates above the general rate of the same code, as both stand."""
    general = scene.tables["tariff"].group_by("hs_code").agg(pl.col("rate_pct").max().alias("general"))
    both = scene.standing.join(general, on="hs_code", how="inner", maintain_order="left")
    return both.filter(pl.col("rate_pct") > pl.col("general"))


def _false_containers(scene: Scene) -> pl.DataFrame:
    boxes = scene.standing.filter(pl.col("party_kind") == "container")
    false = [not is_container(box) for box in boxes["party"].to_list()]
    return boxes.filter(pl.Series(false, dtype=pl.Boolean))


_W, _E = Level.WARNING, Level.ERROR
CHECKS: tuple[Check, ...] = (
    Check(
        "stale", _W, "the newest row is older than the table should be", "fetch it again and add it", _stale
    ),
    Check(
        "overlap",
        _W,
        "the valid_to of a row is not before the next of its key begins: the next counts while it is valid",
        "nothing, if that is meant; else end the row: a later-known one with an earlier valid_to",
        _overlaps,
    ),
    Check(
        "gap",
        _W,
        "after a row come days on which none of its key counts, before the next begins: its measures are "
        "missing there, or those of a less specific key",
        "add the rows of those days, or leave valid_to empty",
        _gaps,
    ),
    Check(
        "resumed",
        _W,
        "a row counts again after a later one of its key ended",
        "nothing, if that is meant; else end the row: a later-known one, the same but for its valid_to",
        _resumed,
    ),
    Check(
        "hs_code_not_listed",
        _W,
        "a code is not in HS 2022",
        "check the code; in an older edition it may be right: map it by hs_correlation first",
        _unlisted,
        ("market_prices", "tariff", "preference_agreements", "hs_correlation"),
    ),
    Check(
        "rate_out_of_band",
        _W,
        f"an ad valorem rate above {LARGEST_RATE:g} percent",
        "check that rates are in percent, and that the duty is not specific",
        _high_rates,
        ("tariff", "preference_agreements"),
    ),
    Check(
        "rate_jump",
        _W,
        f"an exchange rate moves by more than a factor of {LARGEST_STEP:g} from one row to the next",
        "check the direction (valuation currency per 1 unit) and the unit",
        _rate_jumps,
        ("exchange_rates",),
    ),
    Check(
        "own_currency_rate",
        _E,
        "a rate other than 1 of the valuation currency itself: it counts as 1, and the others may be of "
        "another currency too",
        "check to which currency the rates are, and valuation_currency in configs/intake.yaml",
        _own_rates,
        ("exchange_rates",),
    ),
    Check(
        "price_spread",
        _W,
        f"the high price is more than {LARGEST_SPREAD:g} times the low one",
        "check the unit of the quotes",
        _spreads,
        ("market_prices",),
    ),
    Check(
        "price_jump",
        _W,
        f"a median price moves by more than a factor of {LARGEST_PRICE_STEP:g} from one row to the next",
        "check the unit and the decimal sign of the quotes",
        _price_jumps,
        ("market_prices",),
    ),
    Check(
        "currency_without_rate",
        _E,
        "prices in a currency of which exchange_rates has no row: their measures are missing",
        "add exchange rates of that currency",
        _without_rate,
        ("market_prices",),
    ),
    Check(
        "registered_in_future",
        _E,
        "a company was known before it was registered",
        "check registered_on and known_from: a later-known row corrects the earlier one",
        _registered_later,
        ("companies",),
    ),
    Check(
        "preference_misfit",
        _W,
        "a preference for an origin that is none of the agreement's known members",
        "check the origin, or name the members under preferences in configs/intake.yaml",
        _misfits,
        ("preference_agreements",),
    ),
    Check(
        "preference_above_general",
        _W,
        "a preferential rate above the general rate of the same code",
        "check both rates",
        _costs_more,
        ("preference_agreements",),
    ),
    Check(
        "container_check_digit",
        _W,
        "a watched container whose number is no ISO 6346 number, or has a wrong check digit",
        "compare with the list it came from",
        _false_containers,
        ("watch_list",),
    ),
)
