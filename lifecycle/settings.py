"""Settings of every package: YAML over the defaults, the environment over both."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource

from lifecycle.errors import SettingsError

S = TypeVar("S", bound=BaseSettings)

CONCERNS: dict[str, str] = {
    "history": "features.history_settings:HistorySettings",
    "intake": "features.settings:IntakeSettings",
    "ledger": "ledger.settings:LedgerSettings",
    "monitoring": "monitoring.settings:MonitoringSettings",
    "selection": "selection.settings:SelectionSettings",
    "serving": "serving.settings:ServingSettings",
    "simulation": "simulation.settings:WorldSettings",
    "training": "training.settings:TrainingSettings",
}
"""Each file of `configs/` by its name, and the class that owns it."""


def settings_class(concern: str) -> type[BaseSettings]:
    """The settings class of one concern.

    >>> settings_class("intake").__name__
    'IntakeSettings'
    """
    module, name = CONCERNS[concern].split(":")
    return cast("type[BaseSettings]", getattr(import_module(module), name))


def read_settings(settings: type[S], file: Path | None) -> S:
    """The settings in `file` (or the defaults, without a file), with the environment's values over them.

    Raises SettingsError naming the file, the key and the nearest known name.
    """
    values = _merge(_values(file), EnvSettingsSource(settings)()) if file else EnvSettingsSource(settings)()
    _refuse_unknown(settings, values, file.name if file else "environment", ())
    try:
        return settings(**values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise SettingsError(
            f"{file.name if file else 'environment'}: {'.'.join(map(str, first['loc']))}: {first['msg']}",
            remedy="see the comment beside that key in configs/ of the project for what it takes",
        ) from None


def _values(file: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"settings file {file} is not there", remedy="name an existing file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise SettingsError(f"{file.name}{where}: not readable as YAML", remedy="mend that line") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise SettingsError(f"{file.name}: no settings in it", remedy="write `name: value`, one a line")
    return values


def _merge(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _refuse_unknown(
    model: type[BaseModel], values: Mapping[str, Any], file: str, path: tuple[str, ...]
) -> None:
    known = model.model_fields
    for key, value in values.items():
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            raise SettingsError(
                f"{file}: unknown setting {'.'.join((*path, str(key)))!r}",
                remedy=f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(known))}",
            )
        inner = known[key].annotation
        if isinstance(value, Mapping) and isinstance(inner, type) and issubclass(inner, BaseModel):
            _refuse_unknown(inner, value, file, (*path, str(key)))
