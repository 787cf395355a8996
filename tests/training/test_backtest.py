"""The backtest: learns from the train part alone, and needs no labels in the test part."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.outcome_columns import OUTCOME_SCHEMA
from tests.training.conftest import SmallWorld
from tests.training.test_train import SETTINGS
from training.backtest import SCORES, BacktestResult, backtest
from training.choice import Studies
from training.errors import NotEnoughDataError, PartsError
from training.lakes import FrameLake
from training.periods import Periods
from training.settings import TrainingSettings

CUT, LAST = date(2024, 8, 1), date(2024, 10, 1)


def part(world: SmallWorld, since: date | None, until: date | None, *, labels: bool = True) -> FrameLake:
    items = world.lake.items(since, until)
    keys = items.select("declaration_id").unique()
    outcomes = world.lake.outcomes().join(keys, on="declaration_id", how="semi")
    return FrameLake((items,), (outcomes,) if labels else ())


def run(periods: Periods, folder: Path, settings: TrainingSettings = SETTINGS) -> BacktestResult:
    folder.mkdir(exist_ok=True)
    return backtest(periods, settings, Studies(str(folder / "s.log"), "b", time.monotonic))


@pytest.fixture(scope="module")
def told(small_world: SmallWorld, tmp_path_factory: pytest.TempPathFactory) -> BacktestResult:
    periods = Periods(part(small_world, None, LAST), part(small_world, LAST, None))
    return run(periods, tmp_path_factory.mktemp("told"))


def test_the_labels_of_the_test_part_serve_the_figures_and_nothing_else(
    small_world: SmallWorld, told: BacktestResult, tmp_path: Path
) -> None:
    blind = run(Periods(part(small_world, None, LAST), part(small_world, LAST, None, labels=False)), tmp_path)
    assert_frame_equal(told.scores, blind.scores)
    assert told.report is not None
    assert blind.report is None


def test_a_column_that_alone_tells_too_much_is_named_by_a_backtest_as_well(
    small_world: SmallWorld, told: BacktestResult, tmp_path: Path
) -> None:
    assert told.report is not None
    assert [probe.name for probe in told.report.probes] == ["telling feature", "memory"]
    strict = SETTINGS.model_copy(update={"probe_feature_auc": 0.501})
    periods = Periods(part(small_world, None, LAST), part(small_world, LAST, None))
    report = run(periods, tmp_path, strict).report
    assert report is not None
    assert "probe 'telling feature' failed" in report.words[-1]["en"]


def test_an_item_is_scored_as_declared_whatever_was_amended_after_the_finding(
    small_world: SmallWorld, told: BacktestResult, tmp_path: Path
) -> None:
    test = part(small_world, LAST, None)
    found = test.outcomes().filter(pl.col("illicit") == 1).select("declaration_id", "item_no", "known_date")
    corrected = (
        test.items()
        .join(found.rename({"known_date": "found"}), on=["declaration_id", "item_no"])
        .with_columns(
            version=pl.lit(9, pl.Int64),
            known_date=pl.col("found") + pl.duration(days=1),
            cif=pl.col("cif") * 4,
        )
        .select(test.items().collect_schema().names())
    )
    amended = FrameLake((*test.item_frames, corrected), test.outcome_frames)
    result = run(Periods(part(small_world, None, LAST), amended), tmp_path)
    first = test.items().filter(pl.col("customs_date") == LAST).select("declaration_id").unique().collect()
    assert corrected.join(first.lazy(), on="declaration_id", how="semi").collect().height > 0
    early = [scores.join(first, on="declaration_id", how="semi") for scores in (told.scores, result.scores)]
    assert_frame_equal(*early)


def test_an_amendment_of_a_declaration_of_the_train_part_is_no_test_item(
    small_world: SmallWorld, told: BacktestResult, tmp_path: Path
) -> None:
    """It would be asked of after its own outcome was known."""
    train, test = part(small_world, None, LAST), part(small_world, LAST, None)
    found = train.outcomes().filter(pl.col("illicit") == 1).select("declaration_id").unique()
    amended = (
        train.items()
        .join(found, on="declaration_id", how="semi")
        .with_columns(
            version=pl.col("version") + 10,
            cif=pl.col("cif") * 2,
            customs_date=pl.lit(LAST),
            known_date=pl.lit(LAST),
        )
    )
    assert amended.collect().height > 10
    again = run(Periods(train, FrameLake((test.items(), amended), (test.outcomes(),))), tmp_path)
    assert_frame_equal(
        again.scores.select("declaration_id", "item_no"), told.scores.select("declaration_id", "item_no")
    )


def test_every_test_item_has_one_row_of_scores(small_world: SmallWorld, told: BacktestResult) -> None:
    items = part(small_world, LAST, None).items().select("declaration_id", "item_no").unique().collect()
    assert told.scores.columns == ["declaration_id", "item_no", *SCORES]
    assert (
        told.scores.height == told.scores.select("declaration_id", "item_no").unique().height == items.height
    )
    assert told.scores["risk"].null_count() == 0


def test_outcomes_that_are_given_enter_the_histories_from_the_day_they_are_known(
    small_world: SmallWorld, told: BacktestResult, tmp_path: Path
) -> None:
    train, test = part(small_world, None, LAST), part(small_world, LAST, None)
    given = run(Periods(train, test, outcomes=test.outcomes()), tmp_path)
    first = test.items().filter(pl.col("customs_date") == LAST).select("declaration_id").unique().collect()
    early = [scores.join(first, on="declaration_id", how="semi") for scores in (told.scores, given.scores)]
    assert early[0].height > 0
    assert_frame_equal(*early)
    assert not given.scores.equals(told.scores)


def test_a_train_part_without_outcomes_gives_the_value_columns_alone(
    small_world: SmallWorld, tmp_path: Path
) -> None:
    result = run(
        Periods(part(small_world, None, LAST, labels=False), part(small_world, LAST, None)), tmp_path
    )
    assert result.report is None
    assert (
        result.scores.select("risk", "anomaly", "expected_revenue").null_count().sum_horizontal().item()
        == 3 * result.scores.height
    )
    inside = result.scores.filter(pl.col("value_low").is_not_null())
    assert inside.height > 0.9 * result.scores.height
    assert (inside["value_low"] <= inside["value_high"]).all()


def test_a_valid_part_chooses_and_calibrates_but_is_not_learnt_from(
    small_world: SmallWorld, tmp_path: Path
) -> None:
    periods = Periods(
        part(small_world, None, CUT), part(small_world, LAST, None), valid=part(small_world, CUT, LAST)
    )
    split = run(periods, tmp_path).learnt.split
    assert split is not None
    first = (CUT - date(1970, 1, 1)).days
    assert split.boundaries.windows == (first,)
    assert split.boundaries.calibration > first
    assert len(split.calibration) > 0


def test_parts_out_of_order_and_empty_ones_are_refused(small_world: SmallWorld, tmp_path: Path) -> None:
    early, late = part(small_world, None, LAST), part(small_world, LAST, None)
    with pytest.raises(NotEnoughDataError, match="order of time"):
        run(Periods(late, early), tmp_path)
    nothing = FrameLake(
        (small_world.lake.items(until=date(2000, 1, 1)),), (pl.LazyFrame(schema=OUTCOME_SCHEMA),)
    )
    with pytest.raises(NotEnoughDataError, match="test part holds no"):
        run(Periods(early, nothing), tmp_path)


def numbers(lake: FrameLake) -> list[str]:
    ids: list[str] = (
        lake.items().select("declaration_id").unique().sort("declaration_id").collect().to_series().to_list()
    )
    return ids


def renumbered(lake: FrameLake, new: Mapping[str, str]) -> FrameLake:
    """The same declarations and outcomes under other numbers."""
    number = pl.col("declaration_id").replace(new)
    return FrameLake((lake.items().with_columns(number),), (lake.outcomes().with_columns(number),))


def judged(result: BacktestResult) -> list[tuple[int, int, list[float]]]:
    """What the figures are of, and the figures of every method and part."""
    assert result.report is not None
    return [
        (one.items, one.illicit, [figure.value for figure in one.figures.values()])
        for one in result.report.evaluations
    ]


def illicit(result: BacktestResult) -> int:
    return judged(result)[0][1]


def flipped(lake: FrameLake) -> FrameLake:
    return FrameLake(lake.item_frames, (lake.outcomes().with_columns(illicit=1 - pl.col("illicit")),))


def test_numbers_that_the_test_part_shares_with_the_train_part_change_nothing(
    small_world: SmallWorld, told: BacktestResult, tmp_path: Path
) -> None:
    train, test = part(small_world, None, LAST), part(small_world, LAST, None)
    new = dict(zip(numbers(test), numbers(train), strict=False))
    shared = run(Periods(train, renumbered(test, new)), tmp_path)
    assert shared.renamed == len(new)
    number = pl.col("declaration_id").replace(new)
    keys = ["declaration_id", "item_no"]
    assert_frame_equal(told.scores.with_columns(number).sort(keys), shared.scores.sort(keys))
    assert judged(shared) == judged(told)


def test_no_label_of_the_test_part_reaches_a_score_whatever_numbers_it_shares(
    small_world: SmallWorld, tmp_path: Path
) -> None:
    train, test = part(small_world, None, LAST), part(small_world, LAST, None)
    shared = renumbered(test, dict(zip(numbers(test), numbers(train), strict=False)))
    one = run(Periods(train, shared), tmp_path / "one")
    other = run(Periods(train, flipped(shared)), tmp_path / "other")
    assert_frame_equal(one.scores, other.scores)
    assert illicit(one) + illicit(other) == judged(one)[0][0]


def test_the_labels_of_each_part_stay_its_own_when_all_three_share_their_numbers(
    small_world: SmallWorld, tmp_path: Path
) -> None:
    train, valid, test = (part(small_world, *days) for days in ((None, CUT), (CUT, LAST), (LAST, None)))
    of_valid, of_test = (dict(zip(numbers(lake), numbers(train), strict=False)) for lake in (valid, test))
    everybody = SETTINGS.model_copy(update={"population_rows": 1_000_000})  # which are drawn hangs on numbers
    apart = run(Periods(train, test, valid), tmp_path / "apart", everybody)
    renamed = Periods(train, renumbered(test, of_test), renumbered(valid, of_valid))
    shared = run(renamed, tmp_path / "shared", everybody)
    assert shared.renamed == len(of_valid) + len(of_test)
    assert judged(shared) == judged(apart)
    assert_frame_equal(*(result.scores.select(SCORES) for result in (shared, apart)))


def test_a_declaration_that_stands_in_two_parts_alike_is_one_and_its_test_label_serves_the_figures(
    small_world: SmallWorld, told: BacktestResult, tmp_path: Path
) -> None:
    train, test = part(small_world, None, LAST), part(small_world, LAST, None)
    twice = FrameLake(
        (*train.item_frames, *test.item_frames), train.outcome_frames + flipped(test).outcome_frames
    )
    known = run(Periods(train, test, outcomes=flipped(test).outcomes()), tmp_path / "known")
    result = run(Periods(twice, test), tmp_path / "twice")
    assert result.renamed == 0
    assert_frame_equal(result.scores, known.scores)
    assert illicit(result) == illicit(told)


def test_outcomes_given_apart_that_name_a_number_of_two_declarations_are_refused(
    small_world: SmallWorld, tmp_path: Path
) -> None:
    train, test = part(small_world, None, LAST), part(small_world, LAST, None)
    shared = renumbered(test, dict(zip(numbers(test), numbers(train), strict=False)))
    with pytest.raises(PartsError, match=r"declaration_id: .* different declarations") as refused:
        run(Periods(train, shared, outcomes=train.outcomes()), tmp_path)
    assert refused.value.remedy
