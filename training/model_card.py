"""The card of a bundle: what it is, what for, whom it falls upon, how good it is, and where it fails.

Fields after Mitchell et al. 2019, Model Cards for Model Reporting, and those that public registers of
algorithms ask for: owner, purpose, legal basis, data, human oversight, impact, risks, appeal, contact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from customs.evidence import EvaluationReport
from features.reference.store import Extent
from scoring.words import LANGUAGES
from training.catalogue import number, percent, sentence
from training.report import report_to_json
from training.settings import RegisterSettings
from training.summary import summary

_WORDS: Mapping[str, str] = {
    "en": "{rows} rows, newest known {newest_known}, fingerprint {fingerprint}",
    "es": "{rows} filas, la última conocida el {newest_known}, huella {fingerprint}",
}
_FIELDS: tuple[str, ...] = (
    "model", "owner", "contact", "purpose", "legal_basis", "not_for", "data", "learning", "tables", "factors",
    "people", "oversight", "impact", "risks", "appeal", "evaluated", "limits",
)  # fmt: skip


@dataclass(frozen=True)
class CardFacts:
    """What a card needs to know beside the evaluation: dates as ISO text, counts, names and digests.

    Counts and the illicit share are those of the items that were learnt from, the test part not among them.
    `tables` are the reference tables as they were, by kind, None where there was none; `taught_by` the kinds
    of finding whose boosters taught the risk model, none where it learnt from the outcomes themselves.
    """

    created_at: str
    code_version: str
    data_fingerprint: str
    recipe_version: str
    features: int
    labelled_items: int
    population_items: int
    illicit_share: float
    training_until: str
    calibration_from: str
    test_from: str
    test_until: str
    parameters: Mapping[str, float]
    seed: int
    tables: Mapping[str, Extent | None] = field(default_factory=dict)
    taught_by: tuple[str, ...] = ()


def card_of(facts: CardFacts, report: EvaluationReport, entry: RegisterSettings) -> dict[str, Any]:
    """Give the card as plain JSON; it holds the whole evaluation, so that the gate needs nothing else.

    `text` is the same in words, by language.
    """
    card: dict[str, Any] = {
        "model_details": {
            "name": "tamiz-risk",
            "created_at": facts.created_at,
            "code_version": facts.code_version,
            "recipe_version": facts.recipe_version,
            "features": facts.features,
            "kind": "LightGBM: calibrated risk, conformalised value quantiles, anomaly (isolation)",
            "parameters": dict(facts.parameters),
            "seed": facts.seed,
            "taught_by": list(facts.taught_by),
            "license": "Apache-2.0",
        },
        "register": entry.model_dump(),
        "training_data": {
            "fingerprint": facts.data_fingerprint,
            "reference_tables": {kind: _extent(table) for kind, table in facts.tables.items()},
            "labelled_items": facts.labelled_items,
            "population_items": facts.population_items,
            "illicit_share": facts.illicit_share,
            "until": facts.training_until,
            "calibration_from": facts.calibration_from,
        },
        "evaluation_data": {"from": facts.test_from, "until": facts.test_until},
        "evaluation": report_to_json(report),
    }
    return card | {"text": {language: card_text(card, report, language) for language in LANGUAGES}}


def card_markdown(card: Mapping[str, Any]) -> str:
    """Give the card as Markdown, Spanish first, then English.

    >>> facts = CardFacts("2024", "c", "f", "1", 3, 10, 20, 0.1, "a", "b", "c", "d", {}, 1)
    >>> card = card_of(facts, EvaluationReport((), None, ()), RegisterSettings())
    >>> card_markdown(card).splitlines()[0]
    '# Ficha del modelo · Model card'
    """
    return "\n".join(
        [
            "# Ficha del modelo · Model card",
            "",
            *card["text"].values(),
        ]
    )


def card_text(card: Mapping[str, Any], report: EvaluationReport, language: str) -> str:
    """Give the card in one language as Markdown: a heading and a line a field.

    Fields of a public register of algorithms come first, then those of Mitchell et al.
    """
    given = _given(card, language)
    head = [sentence("card/title", language), ""]
    told = {name: given.get(name) or sentence(f"card/{name}_text", language) for name in _FIELDS}
    fields = (f"- **{sentence(f'card/{name}', language)}:** {text}" for name, text in told.items())
    worth = ["", sentence("card/worth", language), "", *(f"- {one}" for one in summary(report, language)), ""]
    detail = [sentence("card/detail", language), "", *(f"- {one[language]}" for one in report.words), ""]
    return "\n".join([*head, *fields, *worth, *detail])


def _given(card: Mapping[str, Any], language: str) -> dict[str, str]:
    """Give what a card says of its own model, by field."""
    details, data, tested = card["model_details"], card["training_data"], card["evaluation_data"]
    nothing = sentence("card/not_stated", language)
    stated = {name: text or nothing for name, text in card["register"].items()}
    return stated | {
        "model": f"{details['name']}, {details['created_at']}, {details['code_version']}",
        "data": sentence(
            "card/data_text",
            language,
            items=number(data["labelled_items"], language, 0),
            share=percent(data["illicit_share"], language),
            until=data["until"],
        ),
        "learning": sentence(
            "card/taught_text" if details["taught_by"] else "card/learning_text",
            language,
            kinds=number(len(details["taught_by"]), language, 0),
        ),
        "tables": _tables(card, _WORDS[language], sentence("card/none", language)),
        "evaluated": sentence("card/evaluated_text", language, since=tested["from"], until=tested["until"]),
    }


def card_tables(card: Mapping[str, Any]) -> Mapping[str, Any]:
    """The reference tables that a card names, by kind: rows, newest_known and fingerprint, or "none"."""
    tables: Mapping[str, Any] = card["training_data"]["reference_tables"]
    return tables


def table_words(table: Mapping[str, Any] | str) -> str:
    """Give what a card says of one reference table in a few words.

    >>> table_words({"rows": 3, "newest_known": "2024-05-01", "fingerprint": "ab12"})
    '3 rows, newest known 2024-05-01, fingerprint ab12'
    >>> table_words("none")
    'none'
    """
    if isinstance(table, str):
        return table
    return _WORDS["en"].format(**table)


def _extent(table: Extent | None) -> dict[str, Any] | str:
    if table is None:
        return "none"
    return {**asdict(table), "newest_known": table.newest_known.isoformat()}


def _tables(card: Mapping[str, Any], words: str, none: str) -> str:
    tables = card_tables(card).items()
    said = [f"{kind}: {none if isinstance(table, str) else words.format(**table)}" for kind, table in tables]
    return "; ".join(said) or none
