"""A mapping file, read and checked wholly before any file of its source is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from features.adapters.mapping import FieldMapping, OutcomeMapping, Replacement, SourceMapping
from features.adapters.mapping_check import check_mapping
from features.errors import MappingError

_LARGEST = 1_000_000
_MODELS: dict[tuple[str, ...], type[BaseModel]] = {
    (): SourceMapping,
    ("outcome",): OutcomeMapping,
    ("fields", "*"): FieldMapping,
    ("outcome", "fields", "*"): FieldMapping,
    ("fields", "*", "replace", "*"): Replacement,
    ("outcome", "fields", "*", "replace", "*"): Replacement,
}


def read_mapping(path: Path) -> SourceMapping:
    """The mapping in a YAML file, its tables looked at too.

    Every scalar is read as text, so that `NO` stays Norway and `010` keeps its zero. Raises MappingError
    naming the file, the key and the value, with the nearest right name.

    >>> read_mapping(Path("nowhere.yaml"))
    Traceback (most recent call last):
    features.errors.MappingError: there is no mapping file nowhere.yaml
    """
    values = _values(path)
    try:
        mapping = SourceMapping.model_validate(values)
    except ValidationError as error:
        raise _told(path, error) from None
    check_mapping(mapping, path)
    return mapping


def _values(path: Path) -> Any:
    try:
        text = path.read_bytes()[: _LARGEST + 1].decode("utf-8")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        near = get_close_matches(path.name, [file.name for file in path.parent.glob("*.y*ml")], 1)
        remedy = f"did you mean '{near[0]}'?" if near else "check the path"
        raise MappingError(f"there is no mapping file {path.name}", remedy=remedy) from error
    except UnicodeDecodeError as error:
        raise MappingError(f"{path.name} is no text in UTF-8", remedy="save it as UTF-8") from error
    if len(text) > _LARGEST:
        raise MappingError(
            f"{path.name} is larger than {_LARGEST:,} bytes", remedy="put its tables into CSV files beside it"
        )
    try:
        return yaml.load(text, _Loader)  # noqa: S506 (a BaseLoader: makes texts, lists and mappings only)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or "not readable as YAML"
        raise MappingError(f"{path.name}{where}: {what}", remedy="mend that line") from error


class _Loader(yaml.BaseLoader):
    """YAML in which every scalar is text, a key stands once, and nothing refers to another place."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="an alias (*name) is not read", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise yaml.MarkedYAMLError(problem=f"key '{twice[0]}' stands twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep=deep)


def _told(path: Path, error: ValidationError) -> MappingError:
    """The first fault in words: place, value, remedy; an unknown key before what it leaves missing."""
    faults = error.errors(include_url=False, include_context=False)
    fault = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])
    place = tuple(str(part) for part in fault["loc"])
    key = ".".join(place)
    if fault["type"] == "extra_forbidden":
        known = _known(place[:-1])
        return MappingError(f"{path.name}: unknown key '{key}'", remedy=near_or(place[-1], known))
    if fault["type"] == "missing":
        return MappingError(f"{path.name}: key '{key}' is missing", remedy="write it; it may not be empty")
    shown = "" if isinstance(fault["input"], Mapping | list) else f" {str(fault['input'])[:80]!r}"
    where = f"{key}{shown}" if key else "the file"
    return MappingError(
        f"{path.name}: {where}: {fault['msg'][:1].lower()}{fault['msg'][1:]}",
        remedy="see docs/guide/sources.md for what each key takes",
    )


def _known(place: tuple[str, ...]) -> Iterable[str]:
    """Keys known at a place, whose names of fields and numbers in lists may be any."""
    for shape, model in _MODELS.items():
        if len(shape) == len(place) and all(a in ("*", b) for a, b in zip(shape, place, strict=True)):
            return model.model_fields
    return ()


def near_or(name: str, known: Iterable[str]) -> str:
    """The nearest of the known names, or all of them.

    >>> near_or("padd", ["pad", "table"]), near_or("x", ["pad", "table"])
    ("did you mean 'pad'?", 'use one of: pad, table')
    """
    names = list(known)
    near = get_close_matches(name, names, 1)
    return f"did you mean '{near[0]}'?" if near else f"use one of: {', '.join(names)}"
