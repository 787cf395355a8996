"""An evaluation as one page in one language, and what its tables hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from customs.evidence import Disparity, EvaluationReport, Grouping
from customs.figure import Figure
from training.burden import HITS, NEEDLESS, SELECTION
from training.catalogue import attribute_name, floored, group_name, measure_name, method_name, sentence
from training.grouped import FINDING, MONTH, PREDICTED
from training.groups import SENSITIVE, VALUED
from training.page import Cell, FigureTable, Pictures, cell, rendered, shown
from training.summary import summary

_SECTIONS = (
    "words", "probes", "figures", "probabilities", "values", "kinds", "people", "population", "stability",
    "explained", "run",
)  # fmt: skip
_BORNE = (SELECTION, NEEDLESS, HITS)


def report_to_html(
    report: EvaluationReport, pictures: Pictures, facts: Mapping[str, str], language: str, *, other_page: str
) -> str:
    """Give a page that needs nothing else: summary, tables, pictures, facts.

    `other_page` is the file, beside this one, of the same in the other language.
    """
    tell = _Tables(report, language)
    explained = [name for name in pictures if name == "beeswarm" or name.startswith("dependence")]
    parts: dict[str, Any] = {
        "probes": report.probes,
        "population": tell.population(),
        "stability": tell.stability(),
        "explained": explained,
    }
    return rendered(
        "report.html.j2",
        language,
        title=sentence("page/title", language),
        other_page=other_page,
        other_language={"es": "en", "en": "es"}[language],
        summary=summary(report, language),
        contents=[anchor for anchor in _SECTIONS if parts.get(anchor, True)],
        words=[one[language] for one in report.words],
        level=_level(report),
        capacity=f"{report.capacity:g}",
        parts=tell.parts(),
        groups=tell.groups(),
        pictures=shown(pictures, language),
        facts=facts,
        **parts,
    )


def _level(report: EvaluationReport) -> str:
    levels = (figure.level for one in report.evaluations for figure in one.figures.values())
    return f"{100 * next(levels, 0.95):g} %"


class _Tables:
    """The tables of a report in one language."""

    def __init__(self, report: EvaluationReport, language: str) -> None:
        self.report = report
        self.language = language
        self._say = partial(sentence, language=language)
        self._cell = partial(cell, language=language)
        self._measure = partial(measure_name, language=language)

    def parts(self) -> list[FigureTable]:
        """A table a part of the data: a row a measure, a column a method."""
        return [self._part(part) for part in dict.fromkeys(one.part for one in self.report.evaluations)]

    def _part(self, part: str) -> FigureTable:
        evaluations = [one for one in self.report.evaluations if one.part == part]
        measures = dict.fromkeys(name for one in evaluations for name in one.figures)
        items, illicit = f"{evaluations[0].items:,}", f"{evaluations[0].illicit:,}"
        return FigureTable(
            self._say(f"page/part/{part}", items=items, illicit=illicit),
            [self._say("page/measure"), *(method_name(one.method, self.language) for one in evaluations)],
            [
                (self._measure(name), [self._cell(one.figures.get(name)) for one in evaluations])
                for name in measures
            ],
        )

    def groups(self) -> dict[str, list[FigureTable]]:
        """The tables by group, for each section that has some."""
        return {
            "predicted": self._of((PREDICTED,)),
            "valued": self._of(VALUED),
            "kinds": self._of((FINDING, MONTH)),
            "people": self._of(SENSITIVE),
        }

    def _of(self, attributes: Iterable[str]) -> list[FigureTable]:
        return [self._grouping(held) for held in self.report.groupings if held.attribute in attributes]

    def _grouping(self, held: Grouping) -> FigureTable:
        measures = list(dict.fromkeys(name for one in held.groups for name in one.figures))
        counted = [name for name in ("items", "illicit") if getattr(held.groups[0], name) is not None]
        borne = {
            (one.group, one.measure): one
            for one in self.report.disparities
            if one.attribute == held.attribute
        }
        ratios = _BORNE if borne else ()
        name = attribute_name(held.attribute, self.language)
        return FigureTable(
            name[:1].upper() + name[1:],
            [
                self._say("page/group"),
                *(self._say(f"page/{name}") for name in counted),
                *map(self._measure, measures),
                *(self._say(f"page/borne/{measure}") for measure in ratios),
            ],
            [
                (
                    group_name(held.attribute, one.group, self.language),
                    [
                        *(Cell(f"{getattr(one, name):,}") for name in counted),
                        *(self._cell(one.figures.get(name)) for name in measures),
                        *(self._cell(_ratio(borne.get((one.group, measure)))) for measure in ratios),
                    ],
                )
                for one in held.groups
            ],
        )

    def population(self) -> FigureTable | None:
        """All later items beside the inspected ones; None where that was not looked at."""
        held = self.report.population
        if held is None:
            return None
        return FigureTable(
            self._say(
                "page/population/caption",
                items=f"{held.items:,}",
                known=f"{held.known:,}",
                capacity=f"{self.report.capacity:g}",
            ),
            [
                self._say(key)
                for key in ("page/measure", "page/population/inspected", "page/population/weighted")
            ],
            [
                (self._measure(name), [self._cell(figure), self._cell(held.weighted.get(name))])
                for name, figure in held.inspected.items()
            ],
            held.words[self.language],
        )

    def stability(self) -> FigureTable | None:
        """What other seeds make of the model; None where none was tried."""
        held = self.report.stability
        if held is None:
            return None
        return FigureTable(
            self._say("page/stability/caption"),
            [self._say(key) for key in ("page/measure", "page/stability/least", "page/stability/greatest")],
            [
                (self._measure(name), [Cell(f"{low:.3f}"), Cell(f"{high:.3f}")])
                for name, (low, high) in held.spread.items()
            ],
            self._say(
                "page/stability/text",
                seeds=str(held.seeds),
                correlation=floored(held.correlation, self.language, 3),
            ),
        )


def _ratio(one: Disparity | None) -> Figure | None:
    return one.ratio if one else None
