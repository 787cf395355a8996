"""Settings of training: configs/training.yaml holds every key at its default."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Share = Annotated[float, Field(gt=0.0, lt=1.0)]


class TrainingSettings(BaseSettings):
    """How a model is learnt, chosen, judged and let through the gate.

    >>> TrainingSettings().gate_measure
    'average_precision'
    """

    model_config = SettingsConfigDict(env_prefix="TAMIZ_TRAINING_", extra="forbid", frozen=True)

    seed: int = Field(20240101, ge=0, description="seed of everything random in training")
    threads: int = Field(
        1, ge=1, description="LightGBM threads; more than idle cores make it many times slower"
    )

    trials: int = Field(30, ge=1, description="finished trials of the risk study")
    value_trials: int = Field(4, ge=1, description="finished trials of the value study")
    timeout_seconds: float | None = Field(
        None, gt=0, description="no trial starts after this; null: no limit"
    )
    study_storage: str | None = Field(
        None, description="storage URL of the studies; null: a journal file in the workspace"
    )
    pruner: Literal["median", "none"] = Field("median", description="how poor trials are cut short")
    objective: Literal["average_precision", "auc", "log_loss"] = Field(
        "log_loss", description="what the risk study makes best on the forward windows"
    )

    test_share: Share = Field(0.2, description="newest part of the labelled items, for the final evaluation")
    test_days: int | None = Field(
        None, ge=1, description="length of the test part in days; null: by test_share"
    )
    calibration_share: Share = Field(
        0.15, description="part of the rest, before the test part, that calibrates"
    )
    forward_windows: int = Field(3, ge=1, le=12, description="forward windows on which trials are judged")
    forward_share: Share = Field(0.45, description="newest part of the training rows that the windows cover")
    first_occurrence: bool = Field(
        default=True,
        description="learn from, choose by and calibrate on the first occurrence of a goods tuple only",
    )
    decontaminate_above: float = Field(
        0.05,
        ge=0,
        le=1,
        description="share of repeated test rows from which the decontaminated part is reported",
    )

    rounds: int = Field(300, ge=10, description="most trees of the risk model")
    patience: int = Field(30, ge=1, description="rounds without gain after which boosting stops")
    report_every: int = Field(10, ge=1, description="rounds between two reports to the pruner")
    max_bin: int = Field(127, ge=15, le=255, description="bins a column is cut into")
    refit: bool = Field(
        default=True,
        description="fit the risk model again with the calibration part; the calibration map is kept",
    )

    value_levels: tuple[float, float, float] = Field(
        (0.05, 0.5, 0.95), description="levels of the value interval"
    )
    population_rows: int = Field(
        90_000, ge=1000, description="items, inspected or not, that are drawn to learn from"
    )
    value_rows: int = Field(40_000, ge=100, description="most rows the value models learn from")
    value_search_rows: int = Field(6_000, ge=100, description="most rows of a trial of the value study")
    value_rounds: int = Field(120, ge=10, description="most trees of a value model")
    anomaly_rows: int = Field(10_000, ge=100, description="most real rows the anomaly model learns from")
    anomaly_rounds: int = Field(60, ge=5, description="trees of the anomaly model")
    reference_rows: int = Field(20_000, ge=100, description="recent items that thresholds are taken from")

    capacity_percents: tuple[int, ...] = Field(
        (1, 2, 5, 10), description="inspection capacities reported, percent"
    )
    gate_measure: str = Field(
        "average_precision", description="the one measure, named beforehand, of the skill claim"
    )
    skill_level: Share = Field(0.999, description="level of the one-sided bound of the skill claim")
    interval_level: Share = Field(0.95, description="level of the intervals of figures")
    replicates: int = Field(1000, ge=100, description="bootstrap replicates of an interval")
    skill_replicates: int = Field(5000, ge=1000, description="bootstrap replicates of the skill claim")
    figure_rows: int = Field(1000, ge=50, le=2000, description="most rows of the shap figures")

    gate_margin: float = Field(
        0.10, ge=0, lt=1, description="a challenger may be worse than the champion by this share, but no more"
    )
    gate_calibration_error: float = Field(
        0.08, gt=0, description="largest calibration error the gate accepts"
    )
    gate_coverage: tuple[float, float] = Field(
        (0.84, 0.97), description="coverage of the value interval accepted"
    )

    @model_validator(mode="after")
    def _measure_is_reported(self) -> TrainingSettings:
        known = {"average_precision", *(f"precision_at_{percent}" for percent in self.capacity_percents)}
        if self.gate_measure not in known:
            raise ValueError(f"gate_measure must be one of {', '.join(sorted(known))}")
        low, mid, high = self.value_levels
        if not 0 < low < mid < high < 1:
            raise ValueError("value_levels must rise within (0, 1)")
        return self
