"""Settings of monitoring: configs/monitoring.yaml holds every key at its default."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class MonitoringSettings(BaseSettings):
    """What is compared, and how far it may move before somebody is called.

    >>> MonitoringSettings().crucial
    ('risk', 'value_residual', 'anomaly')
    """

    model_config = SettingsConfigDict(env_prefix="TAMIZ_MONITORING_", extra="forbid", frozen=True)

    seed: int = Field(20240101, ge=0, description="seed of the samples")
    sample_rows: int = Field(
        20_000, ge=1_000, le=100_000, description="most items compared, of the reference and of the period"
    )
    least_rows: int = Field(50, ge=20, description="a period of fewer items is refused")
    bins: int = Field(
        10, ge=3, le=20, description="bins of a numeric column, cut at the reference's quantiles"
    )

    psi: float = Field(
        0.1, gt=0, description="population stability index from which a column counts as drifted"
    )
    missing: float = Field(
        0.05, gt=0, lt=1, description="rise of the share of missing values that raises an alert"
    )
    unseen: float = Field(
        0.02,
        gt=0,
        lt=1,
        description="rise of the share of categories outside the recipe's vocabulary that raises an alert",
    )
    confidence: float = Field(
        0.999,
        gt=0.5,
        lt=1,
        description="over all columns: thresholds rise until chance reaches them less often",
    )
    resemblance: float = Field(
        2.0,
        ge=1,
        description="variance of a share over that of independent items: a declaration's items are alike",
    )

    crucial: tuple[str, ...] = Field(
        ("risk", "value_residual", "anomaly"), description="columns whose drift alone raises an alert"
    )
    drifted_share: float = Field(
        0.4, gt=0, le=1, description="share of drifted columns from which there is an alert"
    )

    figures: int = Field(
        12, ge=0, le=60, description="columns drawn in the HTML report, the most drifted first"
    )
    level: float = Field(0.95, gt=0.5, lt=1, description="level of the intervals of hit rates")
