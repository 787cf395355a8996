"""Delivery terms of Incoterms 2010 and 2020."""

from __future__ import annotations

from customs.valuation import PAID_FREIGHT, UNPAID_FREIGHT

INCOTERMS: frozenset[str] = UNPAID_FREIGHT | PAID_FREIGHT
"""All terms of both editions: DAT is of 2010 only, DPU of 2020 only.

>>> len(INCOTERMS), "DAT" in INCOTERMS, "DPU" in INCOTERMS, "C&F" in INCOTERMS
(12, True, True, False)
"""

PRICED_AS_FOB: frozenset[str] = frozenset({"FOB", "FAS", "FCA"})
"""Terms by which the invoice amount is the value free on board (or free carrier)."""

PRICED_AS_CIF: frozenset[str] = frozenset({"CIF", "CIP"})
"""Terms by which the invoice amount holds freight and insurance, as cif does."""
