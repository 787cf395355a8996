"""Settings of every package: YAML over the defaults, the environment over both."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource
from pydantic_settings import SettingsError as UnreadableVariableError

from lifecycle.errors import SettingsError

S = TypeVar("S", bound=BaseSettings)

CONCERNS: dict[str, str] = {
    "history": "features.history.settings:HistorySettings",
    "intake": "features.settings:IntakeSettings",
    "ledger": "ledger.settings:LedgerSettings",
    "monitoring": "monitoring.settings:MonitoringSettings",
    "profiles": "features.profile_settings:ProfileSettings",
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


def settings_file(folder: Path, concern: str) -> Path | None:
    """The file of a concern in a folder of settings; None where there is none.

    Raises SettingsError for a file whose name is nearly that of a concern: nobody would read it.
    """
    for file in sorted(folder.glob("*.y*ml")):
        near = difflib.get_close_matches(file.stem, CONCERNS, n=1, cutoff=0.85)
        if near and file.name != f"{near[0]}.yaml":
            raise SettingsError(f"{file} would not be read", remedy=f"did you mean '{near[0]}.yaml'?")
    file = folder / f"{concern}.yaml"
    return file if file.exists() else None


def read_settings(settings: type[S], file: Path | None) -> S:
    """The settings in `file` (or the defaults, without a file), with the environment's values over them.

    Raises SettingsError naming the file, the key and the nearest known name.
    """
    values = _values(file) if file else {}
    _refuse_unknown(settings, values, file.name if file else "environment", ())
    values = _merge(values, _environment(settings))
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


def _environment(settings: type[BaseSettings]) -> dict[str, Any]:
    """The values that the environment gives, after looking for names that nobody would read."""
    prefix = settings.model_config.get("env_prefix", "")
    known = {f"{prefix}{name}".upper() for name in settings.model_fields}
    for name in os.environ:
        if name.startswith(prefix) and name.upper() not in known:
            raise _unknown("environment", name, known)
    try:
        values = EnvSettingsSource(settings)()
    except UnreadableVariableError as error:
        raise SettingsError(
            f"environment: {error}", remedy="write lists and groups as JSON, in double quotes"
        ) from None
    _refuse_unknown(settings, values, "environment", ())
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
            raise _unknown(file, str(key), known, path)
        for inner, group, at in _groups(known[key].annotation, value):
            _refuse_unknown(inner, group, file, (*path, str(key), *at))


def _groups(
    annotation: Any, value: object
) -> Iterator[tuple[type[BaseModel], Mapping[str, Any], tuple[str, ...]]]:
    """Each group of settings in a value, with its model and its place in a list."""
    model = next((one for one in (annotation, *get_args(annotation)) if _is_model(one)), None)
    if model is None:
        return
    if isinstance(value, Mapping):
        yield model, value, ()
    for place, one in enumerate(value if isinstance(value, list) else ()):
        if isinstance(one, Mapping):
            yield model, one, (str(place),)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _unknown(file: str, name: str, known: Iterable[str], path: tuple[str, ...] = ()) -> SettingsError:
    near = difflib.get_close_matches(name, known, n=1)
    return SettingsError(
        f"{file}: unknown setting {'.'.join((*path, name))!r}",
        remedy=f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(known))}",
    )
