"""From sources to the feature matrix: intake, lake, history, recipe. In a notebook: `features.matrix`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from features.notebook import matrix as matrix


def __getattr__(name: str) -> Any:
    """Give what a notebook uses, imported when it is asked for: the package itself stays quick to import."""
    if name == "matrix":
        from features.notebook import matrix  # noqa: PLC0415

        return matrix
    raise AttributeError(f"module 'features' has no attribute '{name}'")
