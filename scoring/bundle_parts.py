"""A scorer to and from the files of a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customs.errors import TamizError
from features.errors import OtherRecipeError
from features.recipe import Recipe
from scoring.anomaly import AnomalyModel
from scoring.booster import Booster
from scoring.calibration import Calibration
from scoring.errors import BundleRefusedError, OtherRecipeBundleError
from scoring.kinds import KindModel
from scoring.past_cases import PastCases
from scoring.revenue import RevenueModel
from scoring.risk import RiskModel
from scoring.scorer import Scorer
from scoring.thresholds import Thresholds
from scoring.value import ValueModel
from scoring.words import check_words

_REMEDY = "run the version of Tamiz that made the bundle, or train again"


def calibration_json(scorer: Scorer) -> dict[str, Any]:
    """Give the content of calibration.json: all that was learned beside trees and recipe."""
    return {
        "risk": scorer.risk.calibration.to_json() if scorer.risk else None,
        "value": scorer.value.to_json() if scorer.value else None,
        "anomaly": scorer.anomaly.to_json() if scorer.anomaly else None,
        "revenue": scorer.revenue.to_json() if scorer.revenue else None,
        "thresholds": scorer.thresholds.to_json() if scorer.thresholds else None,
        "kinds": scorer.kinds.to_json() if scorer.kinds else None,
        "corrections": {declared: dict(found) for declared, found in scorer.corrections.items()},
        "past_cases": scorer.past_cases.to_json() if scorer.past_cases else None,
    }


def read_scorer(
    recipe: Mapping[str, Any], calibration: Mapping[str, Any], texts: Mapping[str, str]
) -> Scorer:
    """Give the scorer of these files; the texts must have been verified and tried.

    One whose reasons cannot be put in words is refused: each decision by it would fail.
    """
    try:
        scorer = _scorer(Recipe.from_json(dict(recipe)), calibration, texts)
        check_words(code for code, _ in scorer.recipe.feature_groups.values())
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise BundleRefusedError(
            "recipe.json or calibration.json lacks what this version reads", remedy=_REMEDY
        ) from error
    except OtherRecipeError as error:
        raise OtherRecipeBundleError(str(error), remedy=error.remedy, file="recipe.json") from error
    except TamizError as error:
        raise BundleRefusedError(str(error), remedy=error.remedy) from error
    unused = texts.keys() - {file for file, _, _ in scorer.boosters()}
    if unused:
        raise BundleRefusedError(f"{min(unused)} belongs to no model", remedy=_REMEDY, file=min(unused))
    return scorer


def _scorer(recipe: Recipe, parts: Mapping[str, Any], texts: Mapping[str, str]) -> Scorer:
    return Scorer(
        recipe=recipe,
        risk=RiskModel(Booster(texts["risk.txt"]), Calibration.from_json(parts["risk"]))
        if parts["risk"]
        else None,
        value=ValueModel.from_json(parts["value"], texts) if parts["value"] else None,
        anomaly=AnomalyModel.from_json(Booster(texts["anomaly.txt"]), parts["anomaly"])
        if parts["anomaly"]
        else None,
        revenue=RevenueModel.from_json(parts["revenue"]) if parts["revenue"] else None,
        thresholds=Thresholds.from_json(parts["thresholds"]) if parts["thresholds"] else None,
        kinds=KindModel.from_json(texts, parts["kinds"]) if parts.get("kinds") else None,
        corrections=parts.get("corrections", {}),
        past_cases=PastCases.from_json(parts["past_cases"]) if parts.get("past_cases") else None,
    )
