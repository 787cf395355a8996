"""Settings of selection: the objective, the capacity of the lanes, the random share, the rules."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from selection.default_rules import DEFAULT_RULES
from selection.rule_settings import RuleSettings


class Objective(StrEnum):
    """What the model's capacity is spent on."""

    RISK = "risk"
    REVENUE = "revenue"
    BLEND = "blend"


class Shares(BaseModel):
    """The share of declarations that the model may send to each lane."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    red: float = Field(0.03, ge=0, le=1, description="share of declarations whose goods are inspected")
    orange: float = Field(0.05, ge=0, le=1, description="share of declarations whose documents are checked")

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.red + self.orange > 1:
            raise ValueError("the shares of red and orange add up to more than all declarations")
        return self


class DailyLimits(BaseModel):
    """Inspections a day after which the model selects no more; null: no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    red: int | None = Field(None, ge=0, description="physical inspections a day; null: no limit")
    orange: int | None = Field(None, ge=0, description="documentary checks a day; null: no limit")


class SelectionSettings(BaseSettings):
    """How declarations are selected.

    >>> SelectionSettings().shares.red
    0.03
    """

    model_config = SettingsConfigDict(env_prefix="TAMIZ_SELECTION_", extra="forbid", frozen=True)

    objective: Objective = Field(
        Objective.RISK, description="what the model's capacity is spent on: risk, revenue or blend"
    )
    shares: Shares = Field(Shares(), description="share of declarations for each lane of the model")
    daily_limits: DailyLimits = Field(DailyLimits(), description="inspections a day that stop the model")
    random_share: float = Field(
        0.01, gt=0, le=1, description="probability of the random draw, on which later figures rest"
    )
    exempt_floor: float = Field(
        0.001, ge=0, le=1, description="probability of the random draw for what a rule exempts"
    )
    rules: tuple[RuleSettings, ...] = Field(DEFAULT_RULES, description="mandatory and exempting rules")
