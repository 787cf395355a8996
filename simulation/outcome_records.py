"""The outcomes of a month's inspections, in the canonical columns."""

from __future__ import annotations

import numpy as np
import polars as pl

from customs.outcome import OUTCOME_FIELDS
from simulation.columns import frame_types, instant, national_codes, text
from simulation.countries import CODES
from simulation.fraud import MECHANISMS
from simulation.inspectors import Inspections
from simulation.lines import Ints, Truth
from simulation.papers import Verity
from simulation.sheet import Sheet

OUTCOME_SCHEMA: dict[str, pl.DataType] = frame_types(OUTCOME_FIELDS)


def outcomes_frame(
    sheet: Sheet, inspections: Inspections, found: Ints, truth: tuple[Truth, Verity], random_share: float
) -> pl.DataFrame:
    """Outcomes of the inspected items; `found` is the number of the mechanism found, 0 for none."""
    setting, (goods, true) = sheet.setting, truth
    at = np.flatnonzero(inspections.reason[setting.declaration] > 0)
    row, found = setting.declaration[at], found[at]
    finding = np.array([one.finding for one in MECHANISMS])[found]
    drawn = inspections.reason[row] == 2
    critical = np.isin(finding, ["ip", "prohibited"]) | ((found > 0) & (true.shortfall[at] > 20_000))
    officer = inspections.officer[row] + 100 * setting.office[at]
    logged = np.where(drawn, random_share, np.nan)
    columns = {
        "declaration_id": sheet.ids[row],
        "item_no": sheet.number[at],
        "version": np.ones(len(at), dtype=np.int64),
        "withdrawn": np.zeros(len(at)),
        "known_at": instant(sheet.epoch_day, inspections.known)[row],
        "lane": text(("orange", "red"), inspections.opened[row].astype(np.int64)),
        "selection_reason": text(("legacy", "random"), drawn.astype(np.int64)),
        "p_document": logged,
        "p_physical": logged,
        "inspected_at": instant(sheet.epoch_day, inspections.inspected)[row],
        "result_at": instant(sheet.epoch_day, inspections.result)[row],
        "finding": pl.Series(finding.tolist(), dtype=pl.String),
        "illicit": (found > 0).astype(float),
        "critical": critical.astype(float),
        "assessed_cif": np.where(np.isin(finding, ["value", "quantity"]), true.cif[at], np.nan),
        "assessed_hs_code": text(
            national_codes(), np.where(finding == "classification", goods.good[at] * 3, -1)
        ),
        "assessed_origin": text(CODES, np.where(finding == "origin", goods.origin[at], -1)),
        "additional_revenue": np.where(found > 0, true.shortfall[at], 0.0),
        "officer_id": pl.select(pl.format("F{}", pl.Series(officer))).to_series(),
    }
    frame = pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))
    return frame.select(pl.col(name).cast(kind) for name, kind in OUTCOME_SCHEMA.items())
