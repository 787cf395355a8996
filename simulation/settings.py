"""Settings of the simulated world."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Mechanisms(BaseModel):
    """Strength of each planted mechanism: 0 is off, 1 the documented effect; it multiplies the rates.

    >>> Mechanisms(ring=0).ring
    0.0
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    undervaluation: float = Field(1.0, ge=0, le=3, description="values too low, by persistent offenders")
    tariff_pull: float = Field(1.0, ge=0, le=3, description="how much more undervaluation under high tariffs")
    misclassification: float = Field(1.0, ge=0, le=3, description="declared under a code with a lower tariff")
    false_origin: float = Field(1.0, ge=0, le=3, description="origin falsified for a preference")
    quantity: float = Field(1.0, ge=0, le=3, description="less declared than there is")
    counterfeit: float = Field(1.0, ge=0, le=3, description="counterfeit brands, by seller and route")
    ring: float = Field(1.0, ge=0, le=3, description="broker and seller behind short-lived importers")
    other: float = Field(1.0, ge=0, le=3, description="irregularities that leave no trace")
    drift: float = Field(1.0, ge=0, le=10, description="how fast parties turn bad or good; 0 never")


class WorldSettings(BaseSettings):
    """How the world is made; the same settings give the same world.

    >>> WorldSettings(declarations=500, seed=7).mechanisms.ring
    1.0
    """

    model_config = SettingsConfigDict(env_prefix="TAMIZ_SIMULATION_", extra="forbid", frozen=True)

    seed: int = Field(1, ge=0, description="seed of all chance in the world")
    declarations: int = Field(30_000, ge=100, le=20_000_000, description="declarations; about 2.3 items each")
    start: date = Field(date(2024, 1, 1), description="first day, the first of a month")
    months: int = Field(24, ge=1, le=120, description="months of trade")
    mechanisms: Mechanisms = Field(Mechanisms(), description="strength of each planted mechanism")
    legacy_share: float = Field(
        0.11, ge=0, le=0.9, description="share of declarations inspected by old-style rules"
    )
    random_share: float = Field(0.02, gt=0, le=1, description="probability of a random inspection")
    label_delay_days: float = Field(12.0, gt=0, le=90, description="median days from inspection to result")
    miss_rate: float = Field(0.12, ge=0, lt=1, description="share of irregular items an inspector misses")
    null_world: bool = Field(
        default=False, description="a world without skill: labels are a coin, independent of everything"
    )
    null_rate: float = Field(0.07, gt=0, lt=1, description="the coin's share of illicit items")

    @field_validator("start")
    @classmethod
    def _first_of_a_month(cls, start: date) -> date:
        if start.day != 1:
            raise ValueError("start has to be the first day of a month")
        return start
