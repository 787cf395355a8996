"""A national format without a line of code: Brazil's real exports of a month go through intake whole."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from features.codes.countries import countries
from features.codes.hs import subheadings_2022
from features.codes.transport import TRANSPORT_MODES
from features.codes.units import UNITS
from features.intake import adapter_of, ingest
from features.intake_report import Counts
from features.lake import Lake
from features.settings import IntakeSettings

EXPORTS = Path(__file__).parents[3] / "shared/data/comex/exports_2025_01.parquet"
ROWS = 126_565


def test_rows_of_the_source_become_items(tmp_path: Path) -> None:
    row = {
        "CO_ANO": 2025,
        "CO_MES": 1,
        "CO_NCM": 1012100,
        "CO_UNID": 11,
        "CO_PAIS": 63,
        "SG_UF_NCM": "SP",
        "CO_VIA": 4,
        "CO_URF": 817800,
        "QT_ESTAT": 0,
        "KG_LIQUIDO": 500,
        "VL_FOB": 9000,
    }
    pl.DataFrame([row]).write_parquet(tmp_path / "a.parquet")
    (chunk,) = adapter_of("comex").read(tmp_path / "a.parquet", IntakeSettings())
    assert (chunk.items.unreadable, chunk.unknown_columns, chunk.outcomes) == ((), (), None)
    item = {name: values.item() for name, values in chunk.items.columns.items()}
    assert item["declaration_id"] == "BR-2025-1-1"
    assert (item["hs_code"], item["origin_country"], item["unit"]) == ("01012100", "AR", "H87")
    assert (item["transport_mode"], item["office_id"]) == (4, "0817800")
    assert (item["net_kg"], item["fob"], item["cif"]) == (500, 9000, 9000)
    assert item["quantity"] != item["quantity"], "zero is missing"


@pytest.mark.skipif(not EXPORTS.exists(), reason="the public data lie beside the project only")
def test_a_month_of_real_exports_is_taken_whole_and_its_codes_are_mapped(tmp_path: Path) -> None:
    report = ingest(
        [EXPORTS],
        format="comex",
        lake=Lake(tmp_path / "lake"),
        quarantine=tmp_path / "quarantine",
        settings=IntakeSettings(),
        now=datetime(2025, 6, 1, tzinfo=UTC),
    )
    assert report.items == Counts(rows=ROWS, accepted=ROWS, repeated=0, refused=0)
    assert {rule.rule: rule.rows for rule in report.rules} == {"zero_value": 258, "hs_code_not_listed": 8}
    items = Lake(tmp_path / "lake").items().collect()
    assert items.filter(pl.col("warnings") > 0).height == 266
    assert items["origin_country"].is_in(list(countries())).all()
    assert items["unit"].is_in(list(UNITS)).all()
    assert set(items["transport_mode"]) <= set(TRANSPORT_MODES)
    assert items.filter(pl.col("transport_mode") == 0).height == 751 + 1_437, "undeclared, border traffic"
    assert items["hs_code"].str.len_chars().unique().to_list() == [8]
    assert items.filter(pl.col("hs_code").str.starts_with("0")).height == 24_353
    known = items["hs_code"].str.slice(0, 6).is_in(list(subheadings_2022()))
    assert known.sum() == ROWS - 8
    assert (items["net_kg"].null_count(), items["quantity"].null_count()) == (9_155, 6_787)
    source = pl.read_parquet(EXPORTS)
    assert items["cif"].sum() == source["VL_FOB"].sum()
    assert items["declaration_id"].n_unique() == ROWS
