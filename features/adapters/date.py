"""The format of the DATE study of Nigerian imports (Kim et al., KDD 2020).

`sgd.id` repeats for the items of a declaration, which follow each other and are numbered in that order from
1; where it comes back later it is the same declaration again. `sgd.date` is YYYY-MM-DD, or YY-MM-DD as in the
public sample (always of this century). `tariff.code` was stored as a number: a code of an odd number of
digits lost its leading zero. `country` is a code of two or three letters, a name in English, or a label of
the sample (CNTRY680): a label becomes `ZZ`, and is kept as origin_indicator, so that it still tells countries
apart.
`item.price` is the amount of the invoice. `illicit` and `revenue` make the outcome, finding `other`; a part
without `illicit` has items only.
"""

from __future__ import annotations

import polars as pl

from features.adapters.labelled import LabelledAdapter
from features.codes.countries import UNDETERMINED, country_of
from features.values import MISSING

_COLUMNS = {
    "sgd.id": "declaration_id",
    "sgd.date": "accepted_at",
    "office.id": "office_id",
    "importer.id": "importer_id",
    "tariff.code": "hs_code",
    "country": "origin_country",
    "declarant.id": "declarant_id",
    "cif.value": "cif",
    "fob.value": "fob",
    "total.taxes": "total_taxes",
    "gross.weight": "gross_kg",
    "quantity": "quantity",
    "item.price": "invoice_amount",
}
_LABELS = {"illicit": "illicit", "revenue": "additional_revenue"}


class Preparation:
    """Values in canonical form, batch by batch: it remembers the last declaration and how many items it had.

    >>> rows = {"declaration_id": ["S1", "S1"], "accepted_at": ["13-01-02"] * 2, "hs_code": ["8703"] * 2,
    ...         "origin_country": ["China", "CNTRY680"]}
    >>> Preparation()(pl.DataFrame(rows)).select("item_no", "accepted_at", "origin_country").rows()
    [(1, '2013-01-02', 'CN'), (2, '2013-01-02', 'ZZ')]
    """

    def __init__(self) -> None:
        self._last: str | None = None
        self._count = 0

    def __call__(self, frame: pl.DataFrame) -> pl.DataFrame:
        code = pl.col("hs_code").str.strip_chars()
        odd = code.str.contains("^([0-9]{2})*[0-9]$")
        date = pl.col("accepted_at").str.strip_chars()
        labels = frame["origin_country"].str.strip_chars()
        countries = {label: _country(label) for label in labels.unique().to_list()}
        mapped = pl.Series("origin_country", [countries[label] for label in labels.to_list()], pl.String)
        return frame.with_columns(
            pl.Series("item_no", self._numbers(frame["declaration_id"].to_list()), pl.Int64),
            pl.when(odd).then("0" + code).otherwise(code).alias("hs_code"),
            date.str.replace(r"^(\d{2}-\d{2}-\d{2})$", "20$1").alias("accepted_at"),
            mapped,
            labels.set(mapped.fill_null("") != UNDETERMINED, None).alias("origin_indicator"),
        )

    def _numbers(self, declarations: list[str | None]) -> list[int]:
        numbers = []
        for declaration in declarations:
            self._count = self._count + 1 if declaration == self._last else 1
            self._last = declaration
            numbers.append(self._count)
        return numbers


def _country(label: str | None) -> str | None:
    if label is None or (label in MISSING and label != "NA"):
        return None
    return country_of(label) or UNDETERMINED


DATE = LabelledAdapter("date", _COLUMNS, _LABELS, Preparation)
