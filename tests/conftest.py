"""Settings that every test shares: a loaded machine is no failure."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("tamiz", deadline=None)
settings.load_profile("tamiz")
