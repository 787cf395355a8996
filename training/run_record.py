"""What MLflow's record holds of a training run, and how its parameters are read again."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from customs.evidence import EvaluationReport
from training.choice import Chosen
from training.errors import StudyError
from training.evaluate import MODEL
from training.learn import Learnt
from training.settings import TrainingSettings
from training.trial import Search

_VENDORS = ("lightgbm", "numpy", "optuna", "polars", "mlflow", "scikit-learn", "shap")


@dataclass(frozen=True)
class Record:
    """What is recorded of one training run.

    `texts` are artifacts by path (report.json, card.md), `pictures` PNG files by name; `model` is the risk
    booster's text, None where there is no risk model.
    """

    name: str
    parameters: Mapping[str, object]
    tags: Mapping[str, str]
    metrics: Mapping[str, float]
    texts: Mapping[str, str]
    pictures: Mapping[str, bytes]
    searches: Sequence[Search]
    model: str | None
    bundle_id: str


def run_record(
    learnt: Learnt,
    report: EvaluationReport,
    settings: TrainingSettings,
    *,
    name: str,
    tags: Mapping[str, str],
) -> Record:
    """Give the record of a run without its texts and pictures.

    `tags` name the bundle (bundle_id), the data and the code; Python and vendors are added to them.
    """
    risk = learnt.scorer.risk
    return Record(
        name=name,
        parameters={
            **parameters_of(learnt.chosen),
            **{f"settings.{key}": value for key, value in settings.model_dump().items()},
            **{f"starts.{found.name}": ", ".join(found.starts) for found in learnt.searches if found.starts},
        },
        tags={
            **tags,
            "python": platform.python_version(),
            **{f"version.{vendor}": version(vendor) for vendor in _VENDORS},
        },
        metrics=_metrics(report),
        texts={},
        pictures={},
        searches=learnt.searches,
        model=risk.booster.text if risk else None,
        bundle_id=tags["bundle_id"],
    )


def parameters_of(chosen: Chosen) -> dict[str, float]:
    """Give what was chosen as the parameters of a run: `risk.*`, `value.*` and their numbers of trees.

    >>> chosen = Chosen({"num_leaves": 31.0}, 60.0, {"num_leaves": 15.0}, {"rounds_0.5": 80.0})
    >>> chosen_of(parameters_of(chosen)) == chosen
    True
    """
    parts = {
        "risk": chosen.risk,
        "risk_rounds": {"all": chosen.risk_rounds},
        "value": chosen.value,
        "value_rounds": chosen.value_rounds,
    }
    return {f"{part}.{name}": value for part, held in parts.items() for name, value in held.items()}


def chosen_of(parameters: Mapping[str, object]) -> Chosen:
    """Give back what was chosen from the parameters of a run; raises StudyError where they do not say it."""
    parts: dict[str, dict[str, float]] = {"risk": {}, "risk_rounds": {}, "value": {}, "value_rounds": {}}
    for key, value in parameters.items():
        part, _, name = key.partition(".")
        if part in parts:
            parts[part][name] = float(str(value))
    if "all" not in parts["risk_rounds"]:
        raise StudyError("that run holds no parameters", remedy="name a training run: see `tamiz mlflow`")
    return Chosen(parts["risk"], parts["risk_rounds"]["all"], parts["value"], parts["value_rounds"])


def _metrics(report: EvaluationReport) -> dict[str, float]:
    found = {
        f"{one.part}.{name}" if one.method == MODEL else f"{one.part}.{one.method}.{name}": figure.value
        for one in report.evaluations
        for name, figure in one.figures.items()
    }
    found |= {f"probe.{one.name.replace(' ', '_')}": float(one.passed) for one in report.probes}
    if report.stability is not None:
        found["stability.correlation"] = report.stability.correlation
    if report.population is not None:
        found |= {f"all_items.{name}": figure.value for name, figure in report.population.weighted.items()}
    if report.skill is not None:
        found |= {"skill.lift": report.skill.lift, "skill.bound": report.skill.bound}
    return found
