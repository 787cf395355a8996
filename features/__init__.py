"""From sources to the feature matrix: intake, lake, history, recipe. In a notebook: `features.matrix`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from features.history.backfill import read_backfill as read_backfill
    from features.notebook import matrix as matrix

_OF_NOTEBOOKS = {"matrix": "features.notebook", "read_backfill": "features.history.backfill"}


def __getattr__(name: str) -> Any:
    """Give what a notebook uses, imported when it is asked for: the package itself stays quick to import."""
    if name in _OF_NOTEBOOKS:
        return getattr(import_module(_OF_NOTEBOOKS[name]), name)
    raise AttributeError(f"module 'features' has no attribute '{name}'")
