"""The items of a month as the platform sees them: the canonical columns, with amendments and gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from customs.declaration import FIELDS
from simulation.columns import US_PER_DAY, frame_types, instant, national_codes, text
from simulation.commodities import COMMODITIES
from simulation.countries import CODES, COUNTRIES
from simulation.identifiers import containers
from simulation.lines import Declared, Flags, Floats, Ints, Traffic
from simulation.papers import Papers, shifted_freight
from simulation.parties import Parties
from simulation.sheet import Sheet
from simulation.traffic import AIR, OFFICES, SEA
from simulation.wordings import Wordings, description

SCHEMA: dict[str, pl.DataType] = frame_types(FIELDS)
_CURRENCIES: dict[str, float] = {
    "USD": 1.0,
    "EUR": 1.09,
    "CNY": 0.139,
    "JPY": 0.0067,
    "INR": 0.0119,
    "KRW": 0.00074,
    "BRL": 0.19,
    "MXN": 0.056,
    "THB": 0.028,
    "TRY": 0.031,
    "HKD": 0.128,
    "AED": 0.272,
}
_INCOTERMS: tuple[str, ...] = ("FOB", "CIF", "EXW", "CFR", "FCA", "CPT", "CIP")
_COURIERS: tuple[str, ...] = ("C0101", "C0102", "C0205", "C0317")
_MISSING: dict[str, float] = {
    "seller_id": 0.01,
    "incoterm": 0.01,
    "description": 0.008,
    "gross_kg": 0.004,
    "packages": 0.006,
    "container_id": 0.03,
    "departure_country": 0.004,
    "valuation_method": 0.02,
    "insurance": 0.004,
    "invoice_amount": 0.01,
    "quantity": 0.003,
}
AMENDED_SHARE, LATE_SHARE = 0.008, 0.01


def currency_rates(months: int, rng: np.random.Generator) -> Floats:
    """Valuation currency per unit of each invoice currency by month: (months, currencies)."""
    start = np.array(list(_CURRENCIES.values()))
    step = rng.normal(0, 0.012, (months, len(start)))
    step[:, 0] = 0.0
    return np.round(start * np.exp(np.cumsum(step, axis=0)), 7)


def currencies() -> tuple[str, ...]:
    """The currencies of `currency_rates`, in their order."""
    return tuple(_CURRENCIES)


@dataclass(frozen=True)
class Fixed:
    """What the items of a month have in common: parties, the month's exchange rates, texts."""

    parties: Parties
    fx: Floats
    wordings: Wordings


def items_frame(
    sheet: Sheet, declared: Declared, papers: Papers, fixed: Fixed, rng: np.random.Generator
) -> pl.DataFrame:
    """The month's items in the canonical columns, amendments (version 2) included, gaps made."""
    traffic, setting, parties, fx, wordings = (
        sheet.traffic,
        sheet.setting,
        fixed.parties,
        fixed.fx,
        fixed.wordings,
    )
    row, count = setting.declaration, len(setting.declaration)
    sheets = len(traffic.day)
    accepted = instant(sheet.epoch_day, traffic.day + traffic.second / 86400)
    late = np.where(
        rng.random(sheets) < LATE_SHARE, rng.uniform(1, 15, sheets), rng.uniform(0.0005, 0.01, sheets)
    )
    currency, incoterm = _terms(traffic, parties, rng)
    sea = traffic.mode == SEA
    boxes = pl.Series(containers(sheets, rng).tolist())
    boxed = sea & (rng.random(sheets) < 0.85)
    brand = np.where(declared.brand >= 0, declared.good * 4 + declared.brand, len(wordings.brands) - 1)
    suffix = rng.integers(3, size=count)
    columns: dict[str, pl.Series | np.ndarray | pl.Expr] = {
        "declaration_id": sheet.ids[row],
        "item_no": sheet.number,
        "version": np.ones(count, dtype=np.int64),
        "accepted_at": accepted[row],
        "known_at": (accepted + (late * US_PER_DAY).astype(np.int64))[row],
        "office_id": text(OFFICES, setting.office),
        "regime": text(("10",), np.zeros(count, dtype=np.int64)),
        "process_type": text(
            ("normal", "anticipado", "urgente"), rng.choice(3, sheets, p=[0.55, 0.4, 0.05])[row]
        ),
        "import_type": text(("comercial", "consumo"), rng.choice(2, sheets, p=[0.9, 0.1])[row]),
        "import_use": text(
            ("reventa", "uso propio", "insumo"), rng.choice(3, sheets, p=[0.7, 0.15, 0.15])[row]
        ),
        "payment_type": text(
            ("contado", "credito", "garantia"), rng.choice(3, sheets, p=[0.6, 0.25, 0.15])[row]
        ),
        "importer_id": text(parties.importer_ids, setting.importer),
        "declarant_id": text(parties.broker_ids, setting.broker),
        "seller_id": text(parties.seller_ids, setting.seller),
        "courier_id": text(
            _COURIERS, np.where(_by_courier(traffic, rng), rng.integers(4, size=sheets), -1)[row]
        ),
        "importer_aeo": parties.aeo[setting.importer].astype(float),
        "transport_mode": setting.mode.astype(float),
        "container_id": pl.select(pl.when(pl.Series(boxed[row])).then(boxes[row])).to_series(),
        "departure_country": text(CODES, setting.departure),
        "origin_country": text(CODES, declared.origin),
        "origin_indicator": text(
            ("sin", "cert", "decl"), np.where(declared.claim, rng.choice([1, 1, 2], count), 0)
        ),
        "preference_code": text(
            [c.preference for c in COUNTRIES], np.where(declared.claim, declared.origin, -1)
        ),
        "incoterm": text(_INCOTERMS, incoterm[row]),
        "hs_code": text(national_codes(), declared.good * 3 + suffix),
        "hs_edition": text(("2022",), np.zeros(count, dtype=np.int64)),
        "description": description(declared.words, setting.sector, wordings, rng),
        "brand": wordings.brands[brand],
        "quantity": papers.quantity,
        "unit": text([c.unit for c in COMMODITIES], declared.good),
        "packages": papers.packages,
        "gross_kg": papers.gross,
        "net_kg": papers.net,
        "currency": text(tuple(_CURRENCIES), currency[row]),
        "invoice_amount": np.round(_invoiced(papers, incoterm[row]) / fx[currency[row]], 2),
        "fx_rate": fx[currency[row]],
        **{name: getattr(papers, name) for name in ("fob", "freight", "insurance", "adjustment", "cif")},
        "valuation_method": np.where(rng.random(count) < 0.97, 1.0, rng.choice([2.0, 3.0], count)),
        "tax_rate_pct": papers.rate,
        "specific_duties": np.zeros(count),
        "tax_type": text(("NMF", "TPI"), declared.claim.astype(np.int64)),
        "total_taxes": papers.taxes,
    }
    frame = pl.DataFrame(columns).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    frame = frame.with_columns(_gap(name, share, count, rng) for name, share in _MISSING.items())
    return pl.concat([frame, _amended(frame, papers, row, sheets, rng)])


def _terms(traffic: Traffic, parties: Parties, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Invoice currency and incoterm of each declaration."""
    own = [tuple(_CURRENCIES).index(country.currency) for country in COUNTRIES]
    local = np.array(own)[parties.seller_country[traffic.seller]]
    currency = np.where(rng.random(len(local)) < 0.2, local, 0)
    incoterm = rng.choice(len(_INCOTERMS), len(local), p=[0.42, 0.2, 0.1, 0.12, 0.08, 0.04, 0.04])
    return currency, incoterm


def _by_courier(traffic: Traffic, rng: np.random.Generator) -> Flags:
    by: Flags = (traffic.mode == AIR) & (rng.random(len(traffic.mode)) < 0.3)
    return by


def _invoiced(papers: Papers, incoterm: Ints) -> Floats:
    """What the seller's price holds by the incoterm: freight, and insurance, or not."""
    name = np.array(_INCOTERMS)[incoterm]
    freight = np.where(np.isin(name, ["CIF", "CFR", "CPT", "CIP"]), papers.freight, 0.0)
    insurance = np.where(np.isin(name, ["CIF", "CIP"]), papers.insurance, 0.0)
    total: Floats = papers.fob + freight + insurance
    return total


def _gap(name: str, share: float, count: int, rng: np.random.Generator) -> pl.Expr:
    return pl.when(pl.Series(rng.random(count) >= share)).then(pl.col(name)).alias(name)


def _amended(
    frame: pl.DataFrame, papers: Papers, row: Ints, sheets: int, rng: np.random.Generator
) -> pl.DataFrame:
    """Second versions of a few declarations, days later: the freight was higher."""
    wait = np.where(rng.random(sheets) < AMENDED_SHARE, rng.uniform(0.5, 12, sheets), 0.0)[row]
    rows = np.flatnonzero(wait > 0)
    figures = shifted_freight(papers, rows, rng)
    later = pl.Series((wait[rows] * US_PER_DAY).astype(np.int64)).cast(pl.Duration("us"))
    return frame[rows].with_columns(
        version=pl.lit(2, dtype=pl.Int64),
        accepted_at=pl.col("accepted_at") + later,
        known_at=pl.col("accepted_at") + later,
        freight=pl.Series(figures.freight),
        cif=pl.Series(figures.cif),
        total_taxes=pl.Series(figures.taxes),
        invoice_amount=pl.lit(None, dtype=pl.Float64),
    )
