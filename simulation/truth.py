"""The truth of each item, for those who judge the platform: it is never put where the platform reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from simulation.commodities import COMMODITIES
from simulation.countries import CODES
from simulation.fraud import MECHANISMS
from simulation.lines import Ints, Truth
from simulation.oracle import Posterior
from simulation.papers import Verity
from simulation.sheet import Sheet


def truth_frame(
    sheet: Sheet,
    truth: tuple[Truth, Verity],
    irregular: tuple[Ints, Ints],
    oracles: tuple[Posterior, Posterior],
    names: Sequence[str],
) -> pl.DataFrame:
    """One row an item: what is true of it, what an opening of the goods would find, and the oracles' figures.

    `additional_revenue` is the tax shortfall that is there, in the valuation currency, found or not;
    `irregular` holds each item's mechanism, and the same with 0 where an opening would miss it; `names` are
    the mechanisms' names.
    """
    (goods, true), (wrong, would), (informed, platform) = truth, irregular, oracles
    return pl.DataFrame(
        {
            "declaration_id": sheet.ids[sheet.setting.declaration],
            "item_no": sheet.number,
            "illicit": (wrong > 0).astype(np.int64),
            "finding": pl.Series(
                np.array([one.finding for one in MECHANISMS])[wrong].tolist(), dtype=pl.String
            ),
            "mechanism": pl.Series(names)[wrong],
            "true_cif": true.cif,
            "true_hs_code": pl.Series([one.code for one in COMMODITIES])[goods.good],
            "true_origin": pl.Series(CODES)[goods.origin],
            "true_quantity": true.quantity,
            "additional_revenue": true.shortfall,
            "found_if_inspected": (would > 0).astype(np.int64),
            "oracle_risk": informed.risk,
            "observable_risk": platform.risk,
            "oracle_revenue": informed.revenue,
            "observable_revenue": platform.revenue,
        }
    )
