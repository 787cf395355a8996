"""Rules as they are written in the settings."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FactValue = str | float | bool | list[str] | None


class Examples(BaseModel):
    """Items by which a rule is tested whenever it is loaded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    matching: tuple[dict[str, FactValue], ...] = Field(description="items that the rule must match")
    others: tuple[dict[str, FactValue], ...] = Field(description="items that it must not match")


class RuleSettings(BaseModel):
    """One rule: what it demands, when, by whose authority, and the examples that test it.

    >>> RuleSettings.model_fields["lane"].description
    'the lane of a mandatory rule'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="name by which records speak of it")
    effect: Literal["mandatory", "exempt"] = Field(description="inspect for certain, or keep from the model")
    lane: Literal["orange", "red"] | None = Field(None, description="the lane of a mandatory rule")
    when: str = Field(min_length=1, max_length=2000, description="condition on an item (rule-engine)")
    owner: str = Field(min_length=1, description="who answers for the rule")
    legal_basis: str = Field(min_length=1, description="what entitles customs to it")
    valid_from: date = Field(description="first day on which it holds")
    valid_to: date | None = Field(None, description="last day on which it holds; null: until further notice")
    examples: Examples = Field(description="items that test the rule")
