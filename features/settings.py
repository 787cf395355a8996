"""Settings of intake."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Tolerances(BaseModel):
    """How far declared figures may lie apart before a rule says so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    net_over_gross: float = Field(
        1.001, ge=1, description="net mass refused above this multiple of gross mass"
    )
    cif_share: float = Field(0.005, ge=0, lt=1, description="cif against its components, as a share of cif")
    cif_amount: float = Field(1.0, ge=0, description="cif against its components, in valuation currency")
    tax_share: float = Field(
        0.01, ge=0, lt=1, description="taxes against cif × rate, as a share of the latter"
    )
    tax_amount: float = Field(
        0.01, ge=0, description="taxes against cif × rate, in valuation currency (rounding)"
    )
    exchange_share: float = Field(
        0.01, ge=0, lt=1, description="exchange rate and invoice against value, as a share"
    )
    net_gross_low: float = Field(0.2, ge=0, lt=1, description="net/gross below this is warned about")


class ValueBand(BaseModel):
    """The band of a commodity's historic unit values outside of which a rule warns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    deviations: float = Field(3.0, gt=0, description="half width, in standard deviations of ln(cif/kg)")
    least_spread: float = Field(0.1, gt=0, description="the standard deviation is taken as no less than this")
    least_items: int = Field(20, ge=2, description="items of history needed to speak of a band")


class AsycudaSettings(BaseModel):
    """How an administration's ASYCUDA World writes its documents, and what is too much of one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date_format: str = Field(
        "%m/%d/%y",
        pattern="%[Yy]",
        description="how dates are written, beside ISO 8601: as its language has it",
    )
    transport_modes: dict[str, Annotated[int, Field(ge=0, le=9)]] = Field(
        {}, description="national modes of transport and those of Recommendation 19"
    )
    units: dict[str, str] = Field({}, description="national units of quantity and those of Recommendation 20")
    document_bytes: int = Field(
        2_000_000, ge=1_000, le=100_000_000, description="a larger document is refused unread"
    )
    items: int = Field(9_999, ge=1, le=100_000, description="a document of more items is refused")
    depth: int = Field(16, ge=6, le=100, description="a document nested deeper is refused")


class IntakeSettings(BaseSettings):
    """What intake needs to know of the administration and of its sources.

    >>> IntakeSettings().time_zone
    'America/Lima'
    """

    model_config = SettingsConfigDict(env_prefix="TAMIZ_INTAKE_", extra="forbid", frozen=True)

    administration: str = Field(
        "PE", pattern="^[A-Z]{2}$", description="country whose tax numbers are checked"
    )
    time_zone: str = Field("America/Lima", description="time zone in which an instant becomes a customs date")
    valuation_currency: str = Field(
        "USD", pattern="^[A-Z]{3}$", description="currency of fob, cif, taxes, revenue"
    )
    label_delay_days: int = Field(
        30, ge=0, le=3650, description="days from date to result, for sources without one"
    )
    chunk_rows: int = Field(
        50_000, ge=1, le=1_000_000, description="rows read, checked and written at a time"
    )
    future_days: float = Field(1.0, ge=0, description="days that accepted_at may lie in the future")
    tolerances: Tolerances = Field(Tolerances(), description="how far declared figures may lie apart")
    value_band: ValueBand = Field(ValueBand(), description="band of historic unit values")
    preferences: dict[str, tuple[str, ...]] = Field(
        {}, description="further preference codes and the countries of origin they fit"
    )

    asycuda: AsycudaSettings = Field(AsycudaSettings(), description="documents of format asycuda-xml")

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("not a time zone of the IANA database, such as America/Lima") from error
        return name
