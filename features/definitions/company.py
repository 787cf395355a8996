"""The importer in the register of companies, as it was known on the day."""

from __future__ import annotations

import numpy as np

from features.definitions.feature import Feature, Floats, Function, Inputs
from features.definitions.logarithm import grid_log


def age(inputs: Inputs) -> Floats:
    """Give the days from the registration of the importer to the declaration; NaN where it is not known."""
    return inputs.columns["customs_date"] - inputs.known("companies.registered")


def active(inputs: Inputs) -> Floats:
    """Give 1 where the importer may trade by the register, 0 where not; NaN where it is silent."""
    said = inputs.known("companies.active")
    return np.where(np.isnan(said), np.nan, said > 0)


def employees(inputs: Inputs) -> Floats:
    """Give ln(1 + employees)."""
    return grid_log(1.0 + inputs.known("companies.employees"))


def shared(name: str) -> Function:
    """Give ln(1 + the other companies at the importer's address); NaN where it is not known."""
    return lambda inputs: grid_log(1.0 + inputs.known(f"companies.{name}"))


_IMPORTER = ("importer_id",)

COMPANY: tuple[Feature, ...] = (
    Feature("company_age", "company", _IMPORTER, "days since the importer was registered", age),
    Feature("company_active", "company", _IMPORTER, "the importer may trade, by the register", active),
    Feature(
        "company_employees",
        "company",
        _IMPORTER,
        "declared number of the importer's employees",
        employees,
        unit="ln(1 + number)",
    ),
    Feature(
        "company_shared",
        "company",
        _IMPORTER,
        "other companies at the importer's address",
        shared("shared"),
        unit="ln(1 + number)",
    ),
    Feature(
        "company_shared_young",
        "company",
        _IMPORTER,
        "other companies at the importer's address that were registered of late",
        shared("shared_young"),
        unit="ln(1 + number)",
    ),
)
"""Features of the register of companies."""
