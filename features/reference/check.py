"""A look over the reference tables as they stand: what is wrong, what is doubtful, what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import polars as pl

from features.codes.hs import NATIONAL_CHAPTERS, subheadings_2022
from features.codes.numbers import is_container
from features.codes.preferences import fits
from features.reference.kind import ReferenceKind
from features.reference.kinds import KINDS
from features.reference.store import ReferenceStore
from features.settings import IntakeSettings
from features.validation_rule import Level

LARGEST_RATE = 200.0
"""A general rate above this many percent is doubted."""

LARGEST_STEP = 2.0
"""An exchange rate that moves by more than this factor between two rows is doubted."""

LARGEST_SPREAD = 100.0
"""A high price of more than so many times the low one is doubted."""


@dataclass(frozen=True)
class Finding:
    """Something found in a table: level E is wrong, W doubtful; `rows` it was found in, and the remedy."""

    kind: str
    level: str
    check: str
    rows: int
    meaning: str
    remedy: str

    def to_json(self) -> dict[str, Any]:
        """The finding for one JSON object."""
        return asdict(self)


@dataclass(frozen=True)
class Scene:
    """What a check may know: the table's rows that stand today, all tables, the settings and the day."""

    kind: ReferenceKind
    standing: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]
    settings: IntakeSettings
    today: date


@dataclass(frozen=True)
class Check:
    """One check: `count` says how many rows of a table it finds at fault; empty `kinds` are all of them."""

    name: str
    level: Level
    meaning: str
    remedy: str
    count: Callable[[Scene], int]
    kinds: tuple[str, ...] = ()


def check(store: ReferenceStore, settings: IntakeSettings, today: date) -> tuple[Finding, ...]:
    """Give all that is found in the tables of a store, table by table.

    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> check(ReferenceStore(Path(mkdtemp())), IntakeSettings(), date(2024, 1, 1))
    ()
    """
    tables = {kind.name: _standing(kind, store.rows(kind)) for kind in KINDS}
    found = []
    for kind in KINDS:
        scene = Scene(kind, tables[kind.name], tables, settings, today)
        for one in CHECKS if tables[kind.name].height else ():
            rows = one.count(scene) if not one.kinds or kind.name in one.kinds else 0
            if rows:
                found.append(Finding(kind.name, one.level.value, one.name, rows, one.meaning, one.remedy))
    return tuple(found)


def _standing(kind: ReferenceKind, rows: pl.DataFrame) -> pl.DataFrame:
    """The newest version of each row, without those that were withdrawn."""
    newest = rows.group_by(list(kind.subject), maintain_order=True).last()
    return newest.filter(pl.col("withdrawn") != 1).select(rows.columns)


def _stale(scene: Scene) -> int:
    newest: Any = scene.standing["known_date"].max()
    return scene.standing.height if (scene.today - newest).days > scene.kind.refreshed_days else 0


def _neighbours(scene: Scene) -> pl.DataFrame:
    """Each row of a key with the first day of the one that follows, where its own end is given."""
    key = list(scene.kind.subject[:-1])
    ordered = scene.standing.sort("valid_from", maintain_order=True)
    return ordered.with_columns(pl.col("valid_from").shift(-1).over(key).alias("next")).drop_nulls(
        ["next", "valid_to"]
    )


def _overlaps(scene: Scene) -> int:
    return _neighbours(scene).filter(pl.col("valid_to") >= pl.col("next")).height


def _gaps(scene: Scene) -> int:
    return _neighbours(scene).filter(pl.col("valid_to").dt.offset_by("1d") < pl.col("next")).height


def _unlisted(scene: Scene) -> int:
    name = "to_code" if scene.kind.name == "hs_correlation" else "hs_code"
    known = {code[:digits] for code in subheadings_2022() for digits in (2, 4, 5, 6)}
    rows = scene.standing.drop_nulls(name)
    if name == "to_code":
        rows = rows.filter(pl.col("to_edition") == "2022")
    codes = rows[name].str.slice(0, 6).to_list()
    return sum(code not in known and code[:2] not in NATIONAL_CHAPTERS for code in codes)


def _high_rates(scene: Scene) -> int:
    return scene.standing.filter(pl.col("rate_pct") > LARGEST_RATE).height


def _jumps(scene: Scene) -> int:
    log = pl.col("rate").log()
    step = scene.standing.sort("valid_from").select(log.diff().over("currency").abs().alias("step"))
    return step.filter(pl.col("step") > pl.lit(LARGEST_STEP).log()).height


def _spreads(scene: Scene) -> int:
    return scene.standing.filter(pl.col("price_high") > LARGEST_SPREAD * pl.col("price_low")).height


def _without_rate(scene: Scene) -> int:
    known = [*scene.tables["exchange_rates"]["currency"].unique(), scene.settings.valuation_currency]
    return scene.standing.filter(~pl.col("currency").is_in(known)).height


def _registered_later(scene: Scene) -> int:
    return scene.standing.filter(pl.col("registered_on") > pl.col("known_date")).height


def _misfits(scene: Scene) -> int:
    further = scene.settings.preferences
    pairs = scene.standing.drop_nulls("origin_country").select("preference_code", "origin_country").rows()
    return sum(not fits(preference, origin, further) for preference, origin in pairs)


def _costs_more(scene: Scene) -> int:
    """Preferential rates above the general rate of the same code, as both stand."""
    general = scene.tables["tariff"].group_by("hs_code").agg(pl.col("rate_pct").max().alias("general"))
    both = scene.standing.join(general, on="hs_code", how="inner")
    return both.filter(pl.col("rate_pct") > pl.col("general")).height


def _false_containers(scene: Scene) -> int:
    boxes = scene.standing.filter(pl.col("party_kind") == "container")["party"].to_list()
    return sum(not is_container(box) for box in boxes)


_W, _E = Level.WARNING, Level.ERROR
CHECKS: tuple[Check, ...] = (
    Check(
        "stale", _W, "the newest row is older than the table should be", "fetch it again and add it", _stale
    ),
    Check(
        "overlap",
        _W,
        "a row is still valid when the next of its key begins: the next one counts",
        "nothing, if that is meant; else end the earlier row, by a later-known one with another valid_to",
        _overlaps,
    ),
    Check(
        "gap",
        _W,
        "days between two rows of a key on which none is valid: features are missing there",
        "add the rows of those days, or leave valid_to empty",
        _gaps,
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
        _jumps,
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
