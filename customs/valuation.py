"""Customs value: the methods of the WTO Valuation Agreement, and the unit value all comparisons use."""

from __future__ import annotations

from enum import IntEnum


class ValuationMethod(IntEnum):
    """Methods of the Agreement, in the order in which they are tried (4, 5, 6 are its Articles 5, 6, 7)."""

    TRANSACTION = 1
    IDENTICAL_GOODS = 2
    SIMILAR_GOODS = 3
    DEDUCTIVE = 4
    COMPUTED = 5
    FALL_BACK = 6


UNPAID_FREIGHT: frozenset[str] = frozenset({"EXW", "FCA", "FAS", "FOB"})
"""Incoterms by which the seller's price holds no main carriage: freight has to be added to reach cif."""

PAID_FREIGHT: frozenset[str] = frozenset({"CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DAT", "DDP"})
"""Incoterms by which the seller's price holds the main carriage."""

PAID_INSURANCE: frozenset[str] = frozenset({"CIF", "CIP"})
"""Incoterms by which the seller owes insurance as well."""
