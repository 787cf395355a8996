"""The figures behind a reason, as an officer reads them: counts, rates in percent, values, codes, days.

Every figure is of the item itself or a count of past items; none identifies another party.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scoring import declaration_figures, goods_figures, party_figures
from scoring.neighbour_figures import neighbouring_codes
from scoring.row import Parameters, Row
from scoring.table_figures import TABLE_FIGURES

FIGURES: Mapping[str, Callable[[Row], Parameters]] = {
    "importer_record": party_figures.party_record("importer"),
    "declarant_record": party_figures.served_record("declarant"),
    "seller_record": party_figures.served_record("seller"),
    "relation_record": party_figures.relation,
    "office_commodity_record": party_figures.record("office_heading"),
    "origin_commodity_record": goods_figures.origin_commodity,
    "commodity": goods_figures.commodity,
    "novelty": party_figures.novelty,
    "volume": party_figures.volume,
    "unit_value": goods_figures.value_of_a_kilogram,
    "value_composition": declaration_figures.composition,
    "declaration_shape": declaration_figures.shape,
    "mass": goods_figures.mass,
    "neighbouring_codes": neighbouring_codes,
    "tax": goods_figures.tax,
    "ring": party_figures.ring,
    "splitting": declaration_figures.splitting,
    "wording": goods_figures.wording,
    "procedure": declaration_figures.procedure,
    "origin": declaration_figures.origin,
    "missing": declaration_figures.missing,
    "warnings": declaration_figures.warned,
    **TABLE_FIGURES,
}
"""The figures of each reason code of the recipe."""
