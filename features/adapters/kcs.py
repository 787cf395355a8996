"""The format of the public Korean customs declarations (Jeong et al., arXiv 2208.02484).

HS6 Code was stored as a number, so it is padded to six digits; Mode of Transport is ten times the code of
Recommendation 19; Item Price stands for cif. Declaration ID is unique, so that every row is item 1.
Critical Fraud is 0, 1 or 2, and 2 is critical. What kind of fraud it was is not told: the finding is `other`.
A part without the label columns has items only.
"""

from __future__ import annotations

import polars as pl

from features.adapters.labelled import LabelledAdapter

_COLUMNS = {
    "Declaration ID": "declaration_id",
    "Date": "accepted_at",
    "Office ID": "office_id",
    "Process Type": "process_type",
    "Import Type": "import_type",
    "Import Use": "import_use",
    "Payment Type": "payment_type",
    "Mode of Transport": "transport_mode",
    "Declarant ID": "declarant_id",
    "Importer ID": "importer_id",
    "Seller ID": "seller_id",
    "Courier ID": "courier_id",
    "HS6 Code": "hs_code",
    "Country of Departure": "departure_country",
    "Country of Origin": "origin_country",
    "Tax Rate": "tax_rate_pct",
    "Tax Type": "tax_type",
    "Country of Origin Indicator": "origin_indicator",
    "Net Mass": "net_kg",
    "Item Price": "cif",
}
_LABELS = {"Fraud": "illicit", "Critical Fraud": "critical"}
_CRITICAL = {"0": "0", "1": "0", "2": "1"}


def prepare(frame: pl.DataFrame) -> pl.DataFrame:
    """Values in canonical form; those that do not fit are left as they are, to be refused by name.

    >>> prepare(pl.DataFrame({"hs_code": ["10129"], "transport_mode": ["40"]})).rows()
    [('010129', '4.0', 1)]
    """
    changes = [pl.lit(1, pl.Int64).alias("item_no")]
    if "hs_code" in frame.columns:
        changes.append(_padded("hs_code", 6))
    if "transport_mode" in frame.columns:
        mode = pl.col("transport_mode")
        tenth = (mode.str.strip_chars().cast(pl.Float64, strict=False) / 10).cast(pl.String)
        changes.append(pl.coalesce(tenth, mode).alias("transport_mode"))
    if "critical" in frame.columns:
        code = pl.col("critical").str.strip_chars()
        changes.append(code.replace(_CRITICAL))
    return frame.with_columns(changes)


def _padded(name: str, length: int) -> pl.Expr:
    code = pl.col(name).str.strip_chars()
    return pl.when(code.str.contains("^[0-9]+$")).then(code.str.zfill(length)).otherwise(code).alias(name)


KCS = LabelledAdapter("kcs", _COLUMNS, _LABELS, lambda: prepare)
