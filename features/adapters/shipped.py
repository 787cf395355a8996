"""The mapping files that come with Tamiz, in a clone and installed."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
_FOLDERS = (_HERE / "sources", _HERE.parents[1] / "configs" / "sources")
"""Where a wheel has them (pyproject.toml puts them there), and where a clone has them."""


def shipped_mappings() -> tuple[Path, ...]:
    """Their paths, by name.

    >>> [path.stem for path in shipped_mappings()]
    ['comex', 'date', 'kcs']
    """
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[0])
    return tuple(sorted(folder.glob("*.yaml")))
