"""What a competent person would make in an afternoon: a dozen plain columns and LightGBM as it comes.

Hit rates of importer and seller as they were known by the day, the unit value against the subheading's,
and the fields of the declaration; learnt from the inspected items, ranked by probability, and for revenue by
probability times the tax declared, scaled to what findings brought.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.default_learner import default_scores
from features.dataset import Dataset

Floats = NDArray[np.float64]

_SCALE = 1e4  # histories hold round(1e4 ln(cif/kg))
_PLAIN = (
    "cif", "freight", "insurance", "net_kg", "gross_kg", "quantity", "packages", "tax_rate_pct",
    "importer_aeo",
)  # fmt: skip
_CODES = (
    "hs_code", "origin_country", "departure_country", "preference_code", "transport_mode", "office_id",
    "regime", "incoterm", "unit",
)  # fmt: skip
_SUBHEADING = 6  # digits


@dataclass(frozen=True)
class Referred:
    """Probability of each item asked, and its expected revenue."""

    risk: Floats
    expected_revenue: Floats


def refer(known: Dataset, asked: Dataset) -> Referred:
    """Give what the afternoon's model says of the items asked, learnt from the labelled ones."""
    numbering = {name: _numbering(known, name) for name in _CODES}
    matrices = [_matrix(part, numbering) for part in (known, asked)]
    names = [*_numbers(known), *numbering]
    risk = default_scores(matrices[0], known.label, matrices[1], names, list(numbering))
    return Referred(risk, risk * _stake(asked) * _brought(known))


def _matrix(data: Dataset, numbering: Mapping[str, Mapping[str, int]]) -> Floats:
    codes = [[numbers.get(text, -1) for text in _texts(data, name)] for name, numbers in numbering.items()]
    return np.column_stack([*_numbers(data).values(), *codes]).astype(np.float64)


def _numbers(data: Dataset) -> dict[str, Floats]:
    columns, history = data.columns, data.history
    found = {name: columns[name].astype(np.float64) for name in _PLAIN}
    with np.errstate(divide="ignore", invalid="ignore"):
        for party in ("importer", "seller"):
            known = history[f"{party}.known"]
            found[f"{party}_known"] = known.astype(np.float64)
            found[f"{party}_hit_rate"] = np.where(known > 0, history[f"{party}.illicit"] / known, np.nan)
        found["unit_value_z"] = _unit_value_z(data)
    return found


def _unit_value_z(data: Dataset) -> Floats:
    history = data.history
    count = history["hs6.uv_n"].astype(np.float64)
    mean = history["hs6.uv_sum"] / count / _SCALE
    spread = np.sqrt(np.maximum(history["hs6.uv_sq"] / count / _SCALE**2 - mean**2, 0.0))
    own = np.log(data.columns["cif"] / data.columns["net_kg"])
    return np.where((count > 1) & (spread > 0), (own - mean) / spread, np.nan)


def _numbering(data: Dataset, name: str) -> Mapping[str, int]:
    return {text: number for number, text in enumerate(sorted(set(_texts(data, name))))}


def _texts(data: Dataset, name: str) -> list[str]:
    """The codes of a field as texts; of a commodity code the subheading."""
    return [str(value)[: _SUBHEADING if name == "hs_code" else None] for value in data.columns[name]]


def _stake(data: Dataset) -> Floats:
    return np.nan_to_num(data.columns["cif"] * data.columns["tax_rate_pct"] / 100.0)


def _brought(known: Dataset) -> float:
    """What findings brought over the tax that was declared on them."""
    found = known.label == 1
    declared = _stake(known)[found].sum()
    return float(np.nansum(known.revenue[found]) / declared) if declared > 0 else 1.0
