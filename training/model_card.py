"""The card of a bundle: what it is, what for, how good, and where it fails.

Fields after Mitchell et al. 2019, Model Cards for Model Reporting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from customs.evidence import EvaluationReport
from features.reference.store import Extent
from training.report import report_to_json

_ENGLISH = "{rows} rows, newest known {newest_known}, fingerprint {fingerprint}"
_SPANISH = "{rows} filas, la última conocida el {newest_known}, huella {fingerprint}"


@dataclass(frozen=True)
class CardFacts:
    """What a card needs to know beside the evaluation: dates as ISO text, counts, names and digests.

    Counts and the illicit share are those of the items that were learnt from, the test part not among them.
    `tables` are the reference tables as they were, by kind, None where there was none.
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


def card_of(facts: CardFacts, report: EvaluationReport) -> dict[str, Any]:
    """Give the card as plain JSON; it holds the whole evaluation, so that the gate needs nothing else."""
    return {
        "model_details": {
            "name": "tamiz-risk",
            "created_at": facts.created_at,
            "code_version": facts.code_version,
            "recipe_version": facts.recipe_version,
            "features": facts.features,
            "kind": "LightGBM: calibrated risk, conformalised value quantiles, anomaly (real or swapped)",
            "parameters": dict(facts.parameters),
            "seed": facts.seed,
            "license": "Apache-2.0",
        },
        "intended_use": {
            "for": "choosing declarations for inspection within capacity, beside rules and random draws",
            "not_for": [
                "deciding a customs value: the interval is a reason to doubt (WTO Decision 6.1)",
                "establishing that a person broke the law",
                "other administrations, without learning from their own outcomes",
            ],
        },
        "factors": [
            "office",
            "commodity (HS)",
            "origin and route",
            "history of the parties",
            "declared masses",
        ],
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
        "ethical_considerations": [
            "labels come from inspected items, chosen by people and models; of the rest nothing is known",
            "party histories can keep suspicion alive: random inspections and windows are the remedy",
            "no party identifier is stored in the bundle",
        ],
        "caveats": ["probabilities hold for goods like those inspected lately; monitoring says when not"],
    }


def card_markdown(card: Mapping[str, Any]) -> str:
    """Give the card as Markdown, Spanish first, then English.

    >>> facts = CardFacts("2024", "c", "f", "1", 3, 10, 20, 0.1, "a", "b", "c", "d", {}, 1)
    >>> card_markdown(card_of(facts, EvaluationReport((), None, ("No skill.",)))).splitlines()[0]
    '# Ficha del modelo · Model card'
    """
    details, data = card["model_details"], card["training_data"]
    tested, use = card["evaluation_data"], card["intended_use"]
    return "\n".join(
        [
            "# Ficha del modelo · Model card",
            "",
            "## Español",
            "",
            f"- **Modelo:** {details['name']}, {details['created_at']}, código {details['code_version']}.",
            "- **Uso previsto:** elegir declaraciones para inspección dentro de la capacidad.",
            "- **No sirve para:** fijar un valor en aduana (el intervalo es un motivo de duda, Decisión 6.1",
            "  de la OMC), declarar que alguien infringió la ley, ni servir a otra administración sin",
            "  aprender de sus propios resultados.",
            f"- **Datos:** {data['labelled_items']} ítems con resultado ({data['illicit_share']:.1%}",
            f"  irregulares), hasta {data['until']}.",
            f"- **Tablas de referencia:** {_tables(card, _SPANISH, 'ninguna')}.",
            f"- **Evaluación:** de {tested['from']} a {tested['until']}, una sola vez.",
            "- **Límites:** hay resultados solo de lo inspeccionado; no contiene identificadores de partes.",
            "",
            "## English",
            "",
            f"- **Model:** {details['name']}, {details['created_at']}, code {details['code_version']}.",
            f"- **Intended use:** {use['for']}.",
            *(f"- **Not for:** {one}." for one in use["not_for"]),
            f"- **Data:** {data['labelled_items']} labelled items ({data['illicit_share']:.1%} illicit),",
            f"  until {data['until']}.",
            f"- **Reference tables:** {_tables(card, _ENGLISH, 'none')}.",
            f"- **Evaluation:** from {tested['from']} to {tested['until']}, once.",
            *(f"- **Consider:** {one}." for one in (*card["ethical_considerations"], *card["caveats"])),
            "",
            "## Evaluation",
            "",
            *(f"- {sentence}" for sentence in card["evaluation"]["words"]),
            "",
        ]
    )


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
    return _ENGLISH.format(**table)


def _extent(table: Extent | None) -> dict[str, Any] | str:
    if table is None:
        return "none"
    return {**asdict(table), "newest_known": table.newest_known.isoformat()}


def _tables(card: Mapping[str, Any], words: str, none: str) -> str:
    tables = card_tables(card).items()
    said = [f"{kind}: {none if isinstance(table, str) else words.format(**table)}" for kind, table in tables]
    return "; ".join(said) or none
