"""Settings of selection: the objective, the capacity of the lanes, the random share, the rules."""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from features.redis_url import RedisUrl
from selection.default_rules import DEFAULT_RULES
from selection.rule_settings import RuleSettings

QUOTA_URL_VARIABLE = "TAMIZ_SELECTION_QUOTA_URL"
"""Environment variable with the URL: it is in no dump of the settings, since a password may stand in it."""


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
    """Inspections a day at an office after which the model selects no more there; null: no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    red: int | None = Field(None, ge=0, description="physical inspections a day and office; null: no limit")
    orange: int | None = Field(None, ge=0, description="documentary checks a day and office; null: no limit")


class WorkingHours(BaseModel):
    """The hours of a day over which the model's limits are released, so that the afternoon has its part."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    opens: time = Field(time(8), description="local time from which limits are released")
    closes: time = Field(time(18), description="local time by which the whole limit is released")
    ahead: float = Field(0.25, ge=0, le=1, description="part of a limit that is free from the morning on")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("closes must be later than opens")
        return self


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
    daily_limits: DailyLimits = Field(
        DailyLimits(), description="inspections a day and office that stop the model"
    )
    office_limits: dict[str, DailyLimits] = Field(
        {}, description="limits of single offices, by their code, in place of daily_limits"
    )
    working_hours: WorkingHours = Field(
        WorkingHours(), description="when the limits are released, little by little"
    )
    random_share: float = Field(
        0.01, gt=0, le=1, description="probability of the random draw, on which later figures rest"
    )
    exempt_floor: float = Field(
        0.001, ge=0, le=1, description="probability of the random draw for what a rule exempts"
    )
    quota_url: RedisUrl | None = Field(
        None, exclude=True, description="Redis that counts for several machines; null: a file of this one"
    )
    quota_seconds: float = Field(
        0.05, ge=0.001, le=10, description="longest wait for that Redis to connect, and for each reply"
    )
    rules: tuple[RuleSettings, ...] = Field(DEFAULT_RULES, description="mandatory and exempting rules")

    def limits_of(self, office: str) -> DailyLimits:
        """Give the limits of an office: its own, or those of every office.

        >>> SelectionSettings(office_limits={"118": DailyLimits(red=40)}).limits_of("118").red
        40
        """
        return self.office_limits.get(office, self.daily_limits)
