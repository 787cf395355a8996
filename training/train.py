"""Training a model, from the lake to a signed bundle and its record: the whole procedure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np

from customs.evidence import EvaluationReport
from features.dataset import Dataset, labelled, population
from features.declaration_lake import DeclarationLake
from features.history.history import History
from features.history.settings import HistorySettings
from features.local_time import date_of, days_of
from features.reference.store import Extent
from scoring.bundle import Bundle, BundleParts, BundleRef, write
from scoring.golden import golden_rows
from scoring.scorer import Scorer
from scoring.signing_key import SigningKey
from training.assess import Exam, assess, repeated_share
from training.catalogue import text
from training.choice import Chosen, Studies
from training.errors import NotEnoughDataError, StudyError
from training.figures import Contributions, draw
from training.lakes import without_goods
from training.learn import Learnt, learn
from training.material import Material
from training.model_card import CardFacts, card_markdown, card_of, card_tables, table_words
from training.report import report_to_json
from training.report_page import report_to_html
from training.run_record import run_record
from training.scrutiny import scrutinise
from training.settings import TrainingSettings
from training.split import Split, boundaries_of
from training.tracking import Tracker
from training.trial import Progress, silent

_LEAST_LABELS = 200
_MAY_CHANGE = frozenset({"trials", "value_trials", "timeout_seconds", "threads", "study_storage"})
"""Settings that may change when a study is resumed: they change no trial."""


@dataclass(frozen=True)
class Place:
    """Where training writes: bundles, the MLflow store, the evaluation pages."""

    bundles: Path
    mlruns: Path
    reports: Path

    @property
    def studies(self) -> str:
        """The journal of the studies, unless the settings name a storage."""
        return str(self.mlruns / "studies.log")


@dataclass(frozen=True)
class Commission:
    """Who asks for what: labels known before `until`, the study's name, versions, and the present champion.

    With `chosen`, the parameters of an earlier run, there is no study. `fingerprint` is that of the lake,
    `tables` say of each kind of reference table what it was, None where there was none, `now` is the instant
    the bundle is stamped with, `clock` a monotonic one. `other_champion` is the id of a champion that cannot
    be judged beside the model, for it was made by another recipe.
    """

    until: date
    study: str
    resume: bool
    fingerprint: str
    code_version: str
    now: datetime
    clock: Callable[[], float]
    tables: Mapping[str, Extent | None] = field(default_factory=dict)
    champion: Bundle | None = None
    other_champion: str | None = None
    chosen: Chosen | None = None


@dataclass(frozen=True)
class TrainResult:
    """What a training run leaves: the bundle, its run and registered version, its evaluation.

    `page` is the page of the evaluation in English; it names the one in Spanish, which lies beside it.
    """

    bundle: BundleRef
    run_id: str
    version: str | None
    report: EvaluationReport
    page: Path
    interrupted: bool


def train(
    lake: DeclarationLake,
    history: History,
    settings: TrainingSettings,
    place: Place,
    signer: SigningKey,
    *,
    commission: Commission,
    history_settings: HistorySettings | None = None,
    progress: Progress = silent,
) -> TrainResult:
    """Learn from what was known before a day, judge once on the newest part, sign, write and record.

    What is written is what was judged: the bundle is not learnt again with the test part. Raises
    NotEnoughDataError, StudyError, TrackingError.
    """
    rng = np.random.default_rng(settings.seed)
    tracker = Tracker(place.mlruns)
    material = _material(lake, history, settings, commission.until, history_settings)
    bounds = boundaries_of(material.labelled_rows, days_of(commission.until), settings)
    how = commission.chosen or _studies(place, settings, commission)
    learnt = learn(material, bounds, settings, how, progress)
    progress("evaluation", 0, 1)
    exam = _exam(material, learnt)
    clean = _decontaminated(lake, exam, material, learnt, settings=settings, commission=commission)
    champion = commission.champion.scorer if commission.champion else None
    assessed = assess(learnt.scorer, exam, settings, rng, champion=champion, clean=clean)
    probes, stable = scrutinise(material, learnt, exam, settings, decontaminated=clean is not None)
    report = replace(assessed.report, probes=probes, stability=stable)
    report = _beside(report, learnt, commission)
    progress("evaluation", 1, 1)
    card = card_of(_facts(material, learnt, settings, commission), report, settings.register_entry)
    golden = golden_rows(learnt.scorer.recipe.matrix(exam.test.columns, exam.test.history), rng)
    parts = BundleParts(learnt.scorer, card, card_markdown(card), golden)
    bundle = write(place.bundles, parts, signer, created_at=commission.now)
    progress("record", 0, 1)
    pictures = draw(assessed.parts[0], _contributions(learnt.scorer, exam.test, settings, rng))
    pages = _pages(place, bundle, report, pictures, commission)
    texts = {
        "report.json": json.dumps(report_to_json(report), indent=2),
        "card.json": json.dumps(card, indent=2, ensure_ascii=False),
        "card.md": parts.card_text,
        **{page.name: page.read_text(encoding="utf-8") for page in pages},
    }
    record = run_record(
        learnt,
        report,
        settings,
        name=commission.study,
        tags={
            "bundle_id": bundle.id,
            "data_fingerprint": commission.fingerprint,
            "code_version": commission.code_version,
            **{f"tables.{kind}": table_words(table) for kind, table in card_tables(card).items()},
        },
    )
    recorded = tracker.record(replace(record, texts=texts, pictures=pictures))
    progress("record", 1, 1)
    interrupted = any(search.interrupted for search in learnt.searches)
    return TrainResult(bundle, recorded.run_id, recorded.version, report, pages[0], interrupted)


def _material(
    lake: DeclarationLake,
    history: History,
    settings: TrainingSettings,
    until: date,
    history_settings: HistorySettings | None,
) -> Material:
    known = labelled(lake, history, until=until)
    if len(known) < _LEAST_LABELS:
        raise NotEnoughDataError(
            f"{len(known)} items have a known outcome, {_LEAST_LABELS} are needed",
            remedy="ingest outcomes of inspections: tamiz outcomes FILE",
        )
    rng = np.random.default_rng(settings.seed)
    items = population(lake, history, since=date_of(0), until=until, sample=settings.population_rows, rng=rng)
    return Material(known, items, history, history_settings=history_settings)


def _studies(place: Place, settings: TrainingSettings, commission: Commission) -> Studies:
    storage = settings.study_storage or place.studies
    matters = settings.model_dump_json(exclude=set(_MAY_CHANGE))
    data = sha256(f"{commission.fingerprint} {commission.until} {matters}".encode()).hexdigest()
    studies = Studies(storage, commission.study, commission.clock, commission.resume, data)
    if commission.resume and not studies.begun:
        raise StudyError(
            f"there is no study {commission.study!r}", remedy="name one that was begun, or leave out --resume"
        )
    return studies


def _exam(material: Material, learnt: Learnt) -> Exam:
    split = _split(learnt)
    bounds = learnt.boundaries
    day = material.labelled.columns["customs_date"]
    known = (day < bounds.test) & (material.labelled.known_date < bounds.test)
    later = material.population.columns["customs_date"] >= bounds.test
    before = {name: values[day < bounds.test] for name, values in material.labelled.columns.items()}
    return Exam(
        test=material.labelled.take(split.test),
        known=material.labelled.take(known),
        before=before,
        others=material.population.take(later),
    )


def _split(learnt: Learnt) -> Split:
    if learnt.split is None or not len(learnt.split.test):
        raise NotEnoughDataError("the test part holds no labelled items", remedy="ingest more outcomes")
    return learnt.split


def _decontaminated(
    lake: DeclarationLake,
    exam: Exam,
    material: Material,
    learnt: Learnt,
    *,
    settings: TrainingSettings,
    commission: Commission,
) -> tuple[Scorer, Dataset] | None:
    """Where goods repeat, learn again without those of the test part: histories and all, same parameters."""
    if repeated_share(exam) <= settings.decontaminate_above:
        return None
    rest = without_goods(lake, exam.test.columns, date_of(learnt.boundaries.test))
    history = History.build(
        rest.items(), rest.outcomes(), material.history_settings, tables=material.history.tables
    )
    try:
        again = _material(rest, history, settings, commission.until, material.history_settings)
        scorer = learn(again, learnt.boundaries, settings, learnt.chosen).scorer
    except NotEnoughDataError:
        return None
    return scorer, replace(exam.test, history=history.as_of(exam.test.columns))


def _beside(report: EvaluationReport, learnt: Learnt, commission: Commission) -> EvaluationReport:
    """The report with the champion that was judged beside the model, or the word that it could not be."""
    if commission.other_champion is not None:
        words = text("words/other_recipe", champion=commission.other_champion)
        return replace(report, words=(*report.words, words))
    if commission.champion is None:
        return report
    report = replace(report, champion=commission.champion.id)
    learnt_until = commission.champion.card.get("evaluation_data", {}).get("from", "")
    if learnt_until <= date_of(learnt.boundaries.test).isoformat():
        return report
    words = text("words/favours_champion", until=learnt_until)
    return replace(report, words=(*report.words, words))


def _facts(
    material: Material, learnt: Learnt, settings: TrainingSettings, commission: Commission
) -> CardFacts:
    bounds = learnt.boundaries
    recipe = learnt.scorer.recipe
    split = _split(learnt)
    rows = split.refit if settings.refit else split.train
    return CardFacts(
        created_at=commission.now.isoformat(),
        code_version=commission.code_version,
        data_fingerprint=commission.fingerprint,
        tables=commission.tables,
        recipe_version=recipe.version,
        features=len(recipe.names),
        labelled_items=len(rows),
        population_items=int((material.population.columns["customs_date"] < bounds.calibration).sum()),
        illicit_share=float(material.labelled.label[rows].mean()),
        training_until=date_of(bounds.test if settings.refit else bounds.calibration).isoformat(),
        calibration_from=date_of(bounds.calibration).isoformat(),
        test_from=date_of(bounds.test).isoformat(),
        test_until=date_of(bounds.until).isoformat(),
        parameters={**learnt.chosen.risk, "rounds": learnt.chosen.risk_rounds},
        seed=settings.seed,
    )


def _contributions(
    scorer: Scorer, test: Dataset, settings: TrainingSettings, rng: np.random.Generator
) -> Contributions | None:
    if scorer.risk is None:
        return None
    few = np.sort(rng.choice(len(test), min(len(test), settings.figure_rows), replace=False))
    chosen = test.take(few)
    matrix = scorer.recipe.matrix(chosen.columns, chosen.history)
    return Contributions(
        scorer.risk.contributions(matrix, scorer.risk.raw(matrix)), matrix, scorer.recipe.names
    )


def _pages(
    place: Place,
    bundle: BundleRef,
    report: EvaluationReport,
    pictures: Mapping[str, bytes],
    commission: Commission,
) -> tuple[Path, Path]:
    """The page of the evaluation in English and in Spanish, each beside the other."""
    facts = {
        "bundle": bundle.id,
        "made_at": commission.now.isoformat(),
        "known_before": commission.until.isoformat(),
        "data_fingerprint": commission.fingerprint,
        "code_version": commission.code_version,
        "study": commission.study,
    }
    place.reports.mkdir(parents=True, exist_ok=True)
    english, spanish = (place.reports / f"evaluation-{bundle.id}{end}" for end in (".html", ".es.html"))
    for page, other, language in ((english, spanish, "en"), (spanish, english, "es")):
        made = report_to_html(report, pictures, facts, language, other_page=other.name)
        page.write_text(made, encoding="utf-8")
    return english, spanish
