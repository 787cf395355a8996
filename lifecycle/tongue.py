"""The languages of what officers and auditors read."""

from __future__ import annotations

from enum import StrEnum


class Tongue(StrEnum):
    """A language that can be asked for."""

    ES = "es"
    EN = "en"
