"""A page that needs nothing else: template, pictures and figures as text, in one language."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from customs.figure import Figure
from training.catalogue import sentence

Pictures = Mapping[str, bytes]
"""PNG of each picture, by its name."""


@dataclass(frozen=True)
class Cell:
    """A figure and its interval as text."""

    value: str = ""
    interval: str = ""


@dataclass(frozen=True)
class FigureTable:
    """A table of figures: a head of each column, and of each row its name and cells."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    words: str = ""


def rendered(template: str, language: str, **parts: Any) -> str:
    """Give a page of `training/templates` in a language, everything in it escaped."""
    environment = Environment(
        loader=PackageLoader("training"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    say = partial(sentence, language=language)
    return environment.get_template(template).render(language=language, say=say, **parts)


def shown(pictures: Pictures, language: str, **models: str) -> list[dict[str, str]]:
    """Give pictures as the templates take them: name, caption, and the PNG itself.

    `models` name the model of a picture whose name ends so: `reliability_one`, of `one`.
    """
    return [
        {
            "name": name,
            "caption": _caption(name, language, models),
            "source": "data:image/png;base64," + base64.b64encode(png).decode(),
        }
        for name, png in pictures.items()
    ]


def _caption(name: str, language: str, models: Mapping[str, str]) -> str:
    kind, _, of = name.partition("_")
    if of in models:
        return sentence(f"picture/{kind}_of", language, model=models[of])
    return sentence(f"picture/{kind}", language)


def cell(figure: Figure | None, language: str) -> Cell:
    """Give a figure as a cell, an empty one where there is none.

    >>> cell(Figure(0.5, 0.4, 0.6), "es")
    Cell(value='0.500', interval='0.400 a 0.600')
    """
    if figure is None or math.isnan(figure.value):
        return Cell()
    low, high = f"{figure.low:.3f}", f"{figure.high:.3f}"
    interval = "" if math.isnan(figure.low) else sentence("page/interval", language, low=low, high=high)
    return Cell(f"{figure.value:.3f}", interval)
