"""Settings of training: configs/training.yaml holds every key at its default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Share = Annotated[float, Field(gt=0.0, lt=1.0)]
Percent = Annotated[int, Field(ge=1, le=100)]


class RegisterSettings(BaseModel):
    """What an administration says of its model in a public register of algorithms; empty: not stated."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    owner: str = Field("", description="who answers for the model")
    contact: str = Field("", description="where one can ask about it")
    legal_basis: str = Field("", description="the law by which declarations are selected with it")
    appeal: str = Field("", description="how a selection can be contested")


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
        None, description="postgresql:// or sqlite:// URL of the studies; null: a journal in the workspace"
    )
    workers: int = Field(1, ge=1, description="processes of this machine that judge trials; 1: this process")
    scheduler: str = Field(
        "", description="address of a Dask scheduler whose workers judge the trials instead; empty: none"
    )
    learn_on: Literal["memory", "file", "cluster"] = Field(
        "memory",
        description="where learning rows lie: in memory, in files, or in files that a cluster learns from",
    )
    learning_folder: Path | None = Field(
        None,
        description="folder of those files, seen by the workers under the same path; null: the system's",
    )
    at_once: int | None = Field(
        None,
        ge=1,
        description="trials of a study under way at once; null: as many as judge, 4 or more behind a URL",
    )
    warm_starts: int = Field(
        2, ge=0, description="finished studies of the same recipe whose best parameters are tried first"
    )
    finalists: int = Field(
        3, ge=1, description="leading trials of the risk study that are judged again before one is taken"
    )
    further_seeds: int = Field(1, ge=0, description="further seeds that they are judged on")
    most_leaves: int | None = Field(
        20_000,
        ge=1,
        description="trees times leaves that the risk model may have: its size, and what it costs; null: any",
    )
    pruner: Literal["median", "none"] = Field("median", description="how poor trials are cut short")
    objective: Literal["average_precision", "auc", "log_loss", "precision", "revenue"] = Field(
        "log_loss", description="what the risk study makes best on the forward windows"
    )
    objective_percent: float = Field(
        5.0, gt=0, le=100, description="percent of the items that can be inspected: for precision and revenue"
    )
    label_weights: Literal["equal", "logged"] = Field(
        "equal", description="what a label weighs; logged: the inverse of its probability of inspection"
    )
    most_weight: float = Field(10.0, ge=1, description="most that such an inverse may be")
    taught_by_kinds: bool = Field(
        default=True,
        description="teach the risk model what boosters of each kind of finding say of uninspected items",
    )
    monotone: bool = Field(
        default=False, description="hold the risk model to the directions that features declare"
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
        130_000, ge=1000, description="items, inspected or not, that are drawn to learn from"
    )
    value_rows: int = Field(100_000, ge=100, description="most rows the value models learn from")
    value_search_rows: int = Field(6_000, ge=100, description="most rows of a trial of the value study")
    value_rounds: int = Field(300, ge=10, description="most trees of a value model")
    anomaly_rows: int = Field(10_000, ge=100, description="most real rows the anomaly model learns from")
    anomaly_rounds: int = Field(150, ge=5, description="trees of the anomaly model")
    reference_rows: int = Field(20_000, ge=100, description="recent items that thresholds are taken from")

    capacity_percents: tuple[Percent, ...] = Field(
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

    capacity: float = Field(
        8.0,
        gt=0,
        le=100,
        description="share of items that is really inspected or checked, percent; the gate asks for its own",
    )
    least_group: int = Field(50, ge=10, description="items below which a group is not looked at by itself")
    stability_seeds: int = Field(
        2, ge=0, le=20, description="other seeds by which the chosen parameters are learnt again"
    )
    probe_days: int = Field(
        2,
        ge=1,
        le=31,
        description="days of the test part looked up as the service does; the gate asks for as many",
    )
    probe_feature_auc: float = Field(
        0.95,
        gt=0.5,
        le=1,
        description="AUC at which a feature alone counts as a label in disguise; the gate asks for no higher",
    )
    gate_needless_ratio: float = Field(
        10.0, gt=1, description="how many times as often as others the licit items of a group may be selected"
    )
    gate_hit_ratio: float = Field(
        0.3, ge=0, lt=1, description="part of the hit rate of others that selections of a group must reach"
    )
    gate_drift: bool = Field(
        default=True, description="refuse a model whose inputs have drifted since it learnt"
    )
    gate_bundle_mb: float = Field(64.0, gt=0, description="most megabytes of a bundle")
    gate_leaves: int = Field(200_000, ge=1, description="most leaves of all trees of a bundle")
    gate_row_microseconds: float = Field(
        20_000.0, gt=0, description="most microseconds in which all models score one row"
    )
    gate_shadow_days: int = Field(
        0, ge=0, description="days of decisions beside the champion, after learning, that are asked for"
    )
    register_entry: RegisterSettings = Field(
        RegisterSettings(), description="what the card says in a public register of algorithms"
    )

    @property
    def in_files(self) -> bool:
        """Whether what is learnt from lies in files, where other processes find it, too."""
        return self.learn_on != "memory" or self.workers > 1 or bool(self.scheduler)

    @property
    def reported_percents(self) -> tuple[float, ...]:
        """The capacities reported: those of the settings, and the real one."""
        return tuple(sorted({*map(float, self.capacity_percents), self.capacity}))

    @model_validator(mode="after")
    def _measure_is_reported(self) -> TrainingSettings:
        known = {"average_precision", *(f"precision_at_{percent:g}" for percent in self.reported_percents)}
        if self.gate_measure not in known:
            raise ValueError(f"gate_measure must be one of {', '.join(sorted(known))}")
        if self.learn_on == "cluster" and not self.scheduler:
            raise ValueError("learn_on: cluster needs the address of one, scheduler")
        low, mid, high = self.value_levels
        if not 0 < low < mid < high < 1:
            raise ValueError("value_levels must rise within (0, 1)")
        least, most = self.gate_coverage
        if not 0 <= least < most <= 1:
            raise ValueError("gate_coverage must rise within [0, 1]: the least accepted, then the most")
        return self
