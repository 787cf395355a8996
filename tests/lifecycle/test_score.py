"""A file goes in, a file of scores comes out, and nothing is kept."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from distributed import LocalCluster

from customs.outcome import Finding
from customs.reason import Reason
from features.columns import Columns, from_records
from features.lake_files import only_writer
from features.schedule import Pool
from lifecycle import models
from lifecycle.file_to_table import _stretches
from lifecycle.recall import recalled
from scoring.words import LANGUAGES, render
from tests.lifecycle.houses import House, silent
from tests.lifecycle.terminal import tamiz


@pytest.fixture
def today(house: House) -> pl.DataFrame:
    return pl.read_parquet(house.world / "today.parquet")


def scored(house: House, output: Path, *asked: str, file: Path | None = None) -> pl.DataFrame:
    file = file or house.world / "today.parquet"
    ended = tamiz(house.root, "score", file, "--format", "canonical", "-o", output, *asked)
    assert ended.status == 0, ended.err
    return pl.read_csv(output) if output.suffix == ".csv" else pl.read_parquet(output)


def test_every_item_of_the_file_has_one_row_in_csv_and_in_parquet(
    house: House, today: pl.DataFrame, tmp_path: Path
) -> None:
    of_csv, of_parquet = scored(house, tmp_path / "s.csv"), scored(house, tmp_path / "s.parquet")
    key = ["declaration_id", "item_no"]
    assert sorted(of_parquet.select(key).rows()) == sorted(today.select(key).rows())
    assert of_csv.select(key).rows() == of_parquet.select(key).rows()
    assert of_csv["risk"].to_list() == pytest.approx(of_parquet["risk"].to_list(), rel=1e-12)
    assert of_parquet["risk"].is_between(0, 1).all()
    assert (of_parquet["value_low"] <= of_parquet["value_high"]).drop_nulls().all()


def test_the_scores_of_a_file_are_those_of_the_bundle_over_the_lakes_history(
    house: House, tmp_path: Path
) -> None:
    file = scored(house, tmp_path / "s.parquet")
    bundle, history = models.loaded(house.workspace), recalled(house.session, house.lake, silent)
    (declaration,) = file["declaration_id"].head(1)
    frame = pl.read_parquet(house.world / "today.parquet").filter(pl.col("declaration_id") == declaration)
    columns = canonical(frame.sort("item_no"))
    alone = bundle.score(columns, history.as_of(columns))
    of_file = file.filter(pl.col("declaration_id") == declaration).sort("item_no")
    assert of_file["risk"].to_list() == alone.risk.tolist()


def canonical(frame: pl.DataFrame) -> Columns:
    """Columns of raw rows, as a caller of the service would send them."""
    return from_records(
        [
            {key: value.isoformat() if isinstance(value, datetime) else value for key, value in row.items()}
            for row in frame.to_dicts()
        ]
    ).columns


def test_reasons_come_in_spanish_and_english(house: House, tmp_path: Path) -> None:
    reasons = json.loads(scored(house, tmp_path / "s.csv", "--explain")["reasons"][0])
    assert reasons
    assert all(reason["es"] != reason["en"] and reason["code"] for reason in reasons)


def test_reasons_of_many_items_are_those_of_each_alone(house: House, tmp_path: Path) -> None:
    file = scored(house, tmp_path / "s.parquet", "--explain")
    bundle, history = models.loaded(house.workspace), recalled(house.session, house.lake, silent)
    frame = pl.read_parquet(house.world / "today.parquet")
    for key, rows in file.group_by("declaration_id", maintain_order=True):
        columns = canonical(frame.filter(pl.col("declaration_id") == key[0]).sort("item_no"))
        known = history.as_of(columns)
        scores = bundle.score(columns, known, contributions=True)
        for row, (reasons, unusual) in enumerate(rows.sort("item_no").select("reasons", "unusual").rows()):
            of_risk = bundle.explain(scores, columns, known, row, sources=history.tables.sources)
            of_kind = bundle.scorer.unusual(scores, columns, known, row, sources=history.tables.sources)
            assert json.loads(reasons) == [told(reason) for reason in of_risk]
            assert json.loads(unusual) == [told(reason) for reason in of_kind]


def told(reason: Reason) -> dict[str, object]:
    """A reason as the file has it."""
    words = {language: render(reason, language) for language in LANGUAGES}
    return {"code": reason.code, "contribution": reason.contribution, **words}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_whoever_shares_the_work_writes_the_same_bytes(house: House, tmp_path: Path, ending: str) -> None:
    alone, shared = tmp_path / f"alone.{ending}", tmp_path / f"shared.{ending}"
    for output, scheduler in ((alone, ""), (shared, "pool")):
        asked = ("score", house.before, "--format", "canonical", "-o", output, "--explain")
        ended = tamiz(house.root, *asked, env={"TAMIZ_HISTORY_SCHEDULER": scheduler})
        assert ended.status == 0, ended.err
    assert alone.read_bytes() == shared.read_bytes()
    assert sorted(tmp_path.iterdir()) == [alone, shared]


def test_the_processors_of_the_machine_share_a_file_that_is_large_enough(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, run = [], Pool.run
    monkeypatch.setattr(Pool, "run", lambda pool, *work: began.append(pool.workers) or run(pool, *work))
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr("lifecycle.score.SHARED", 1)
    shared = scored(house, tmp_path / "shared.parquet", "--explain")
    assert began
    monkeypatch.setattr("lifecycle.score.SHARED", 10**6)
    alone = scored(house, tmp_path / "alone.parquet", "--explain")
    assert len(began) == 1
    assert alone.equals(shared)


def test_a_dask_cluster_scores_to_the_same_bytes(house: House, tmp_path: Path) -> None:
    alone, shared = tmp_path / "alone.parquet", tmp_path / "shared.parquet"
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as cluster:
        for output, scheduler in ((alone, ""), (shared, cluster.scheduler_address)):
            asked = ("score", house.before, "--format", "canonical", "-o", output)
            ended = tamiz(house.root, *asked, env={"TAMIZ_HISTORY_SCHEDULER": scheduler})
            assert ended.status == 0, ended.err
    assert alone.read_bytes() == shared.read_bytes()


def test_a_file_is_shared_by_months_that_follow_one_another(house: House) -> None:
    months = house.lake.months()
    for workers in (1, 2, len(months), len(months) + 3):
        stretches = _stretches(house.lake, workers)
        assert [month for stretch in stretches for month in stretch] == months
        assert 0 < len(stretches) <= workers


def test_what_makes_an_item_unusual_comes_in_words_beside_the_reasons_of_its_risk(
    house: House, tmp_path: Path
) -> None:
    file = scored(house, tmp_path / "s.csv", "--explain").sort("anomaly")
    unusual = json.loads(file["unusual"][-1])
    assert 1 <= len(unusual) <= 3
    assert all(one["contribution"] > 0 and one["es"] != one["en"] for one in unusual)


def test_the_kinds_of_finding_stand_in_the_last_columns_and_add_up_to_the_risk(
    house: House, tmp_path: Path
) -> None:
    file = scored(house, tmp_path / "s.parquet", "--explain")
    kinds = [f"risk_{kind}" for kind in Finding if kind is not Finding.NONE]
    assert file.columns[-len(kinds) :] == kinds
    assert file["risk_ip"].null_count() == len(file), "the model of the tests knows no such kind"
    assert file.select(pl.sum_horizontal(kinds)).to_series().to_list() == pytest.approx(
        file["risk"].to_list()
    )


def test_nothing_is_kept_of_a_scored_file(house: House, tmp_path: Path) -> None:
    before = house.lake.fingerprint()
    scored(house, tmp_path / "s.csv")
    assert house.lake.fingerprint() == before


def test_what_a_killed_run_left_beside_the_output_is_removed_and_what_another_holds_is_not(
    house: House, tmp_path: Path
) -> None:
    left, held = tmp_path / ".tamiz-score-left", tmp_path / ".tamiz-score-held"
    (left / "lake").mkdir(parents=True)
    with only_writer(held):
        asked = ("score", house.world / "today.parquet", "--format", "canonical", "-o", tmp_path / "s.csv")
        ended = tamiz(house.root, *asked, env={"TAMIZ_HISTORY_SCHEDULER": "pool"})
        assert ended.status == 0, ended.err
        assert [path.name for path in tmp_path.glob(".tamiz-*")] == [held.name]


def test_json_tells_how_many_were_scored(house: House, today: pl.DataFrame, tmp_path: Path) -> None:
    file, output = house.world / "today.parquet", tmp_path / "s.csv"
    told = tamiz(house.root, "score", file, "--format", "canonical", "-o", output, "--json")
    assert told.object == {
        "items": today.height,
        "refused": {"rows": 0, "rules": [], "files": []},
        "bundle": house.bundle,
    }


def test_a_broken_row_is_refused_and_the_rest_is_scored(
    own: House, today: pl.DataFrame, tmp_path: Path
) -> None:
    file = tmp_path / "items.parquet"
    today.with_row_index().with_columns(
        pl.when(pl.col("index") == 0).then(pl.lit("87")).otherwise(pl.col("hs_code")).alias("hs_code")
    ).drop("index").write_parquet(file)
    for words in (("score",), ("features", "compute")):
        asked = (*words, file, "--format", "canonical", "-o", tmp_path / "s.csv")
        ended = tamiz(own.root, *asked)
        assert pl.read_csv(tmp_path / "s.csv").height == today.height - 1
        (kept,) = own.workspace.quarantine.glob("*.jsonl")
        assert "1 rows refused" in ended.err
        assert "hs_code_malformed" in ended.err
        assert str(kept) in ended.err
        told = tamiz(own.root, *asked, "--json").object["refused"]
        assert [(rule["rule"], rule["rows"]) for rule in told["rules"]] == [("hs_code_malformed", 1)]
        assert [Path(name).exists() for name in told["files"]] == [True]
        for gone in own.workspace.quarantine.glob("*.jsonl"):
            gone.unlink()


def test_where_no_row_can_be_taken_the_rules_and_the_file_that_names_them_are_told(
    own: House, today: pl.DataFrame, tmp_path: Path
) -> None:
    file = tmp_path / "items.parquet"
    today.with_columns(hs_code=pl.lit("87")).write_parquet(file)
    ended = tamiz(own.root, "score", file, "--format", "canonical", "-o", tmp_path / "s.csv")
    ended.refuses(2, "no row could be taken", f"hs_code_malformed ({today.height})", "quarantine/intake-")


@pytest.mark.parametrize("ending", ["scores", "scores.txt", "scores.xlsx"])
def test_an_ending_that_says_no_format_is_refused(ending: str, house: House, tmp_path: Path) -> None:
    asked = ("score", house.before, "--format", "canonical", "-o", tmp_path / ending)
    tamiz(house.root, *asked).refuses(2, ".parquet")


def test_a_file_that_cannot_be_scored_leaves_no_output(house: House, tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_text("", encoding="utf-8")
    tamiz(house.root, "score", file, "--format", "canonical", "-o", tmp_path / "s.csv").refuses(2, "empty")
    assert list(tmp_path.iterdir()) == [file]
