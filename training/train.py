"""Training a model, from the lake to a signed bundle and its record: the whole procedure."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from customs.evidence import EvaluationReport
from features.dataset import Dataset
from features.declaration_lake import DeclarationLake
from features.history.history import History
from features.local_time import date_of, days_of
from scoring.bundle import BundleParts, BundleRef, write
from scoring.golden import golden_rows
from scoring.scorer import Scorer
from scoring.signing_key import SigningKey
from training.assess import assess
from training.catalogue import text
from training.commission import Commission, Place, studies_of
from training.errors import NotEnoughDataError
from training.evaluation_pages import write_pages
from training.exam import Exam, exam_of, repeated_share, tested_split
from training.figures import Contributions
from training.lakes import without_goods
from training.learn import Learnt, learn
from training.material import Material, known_material
from training.matrix_file import learning_folder
from training.model_card import CardFacts, card_markdown, card_of, card_tables, table_words
from training.pictures import draw
from training.report import report_to_json
from training.run_record import run_record
from training.scrutiny import scrutinise
from training.settings import TrainingSettings
from training.split import boundaries_of
from training.tracking import Tracker
from training.trial import Progress, silent
from training.words import doubts


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
    progress: Progress = silent,
) -> TrainResult:
    """Learn from what was known before a day, judge once on the newest part, sign, write and record.

    What is written is what was judged: the bundle is not learnt again with the test part. Raises
    NotEnoughDataError, StudyError, TrackingError.
    """
    with learning_folder(settings) as folder:
        material = known_material(lake, history, settings, commission.until, folder)
        return _trained(lake, material, settings, place, signer, commission=commission, progress=progress)


def _trained(
    lake: DeclarationLake,
    material: Material,
    settings: TrainingSettings,
    place: Place,
    signer: SigningKey,
    *,
    commission: Commission,
    progress: Progress,
) -> TrainResult:
    rng = np.random.default_rng(settings.seed)
    tracker = Tracker(place.mlruns)
    bounds = boundaries_of(material.labelled_rows, days_of(commission.until), settings)
    how = commission.chosen or studies_of(place, settings, commission)
    learnt = learn(material, bounds, settings, how, progress)
    progress("evaluation", 0, 1)
    exam = exam_of(material, learnt)
    clean = _decontaminated(lake, exam, material, learnt, settings=settings, commission=commission)
    champion = commission.champion.scorer if commission.champion else None
    assessed = assess(learnt.scorer, exam, settings, rng, champion=champion, clean=clean)
    probes, stable = scrutinise(material, learnt, exam, settings, decontaminated=clean is not None)
    words = (*assessed.report.words, *doubts(probes))
    report = replace(assessed.report, probes=probes, stability=stable, words=words)
    report = _beside(report, learnt, commission)
    progress("evaluation", 1, 1)
    card = card_of(_facts(material, learnt, settings, commission), report, settings.register_entry)
    golden = golden_rows(learnt.scorer.recipe.matrix(exam.test.columns, exam.test.history), rng)
    parts = BundleParts(learnt.scorer, card, card_markdown(card), golden)
    bundle = write(place.bundles, parts, signer, created_at=commission.now)
    progress("record", 0, 1)
    pictures = draw(assessed.parts[0], _contributions(learnt.scorer, exam.test, settings, rng))
    pages = write_pages(place.reports, bundle.id, report, pictures, commission)
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
        again = known_material(rest, history, settings, commission.until, material.folder)
        scorer = learn(again, learnt.boundaries, settings, learnt.chosen).scorer
    except NotEnoughDataError:
        return None
    return scorer, replace(exam.test, history=history.as_of(exam.test.columns))


def _beside(report: EvaluationReport, learnt: Learnt, commission: Commission) -> EvaluationReport:
    """The report with the champion that was judged beside the model, or why none was."""
    unread, champion = commission.other_champion, commission.champion
    if unread is not None:
        words = text("words/other_recipe", champion=unread)
        return replace(report, unread_champion=unread, words=(*report.words, words))
    if champion is None:
        return replace(report, words=(*report.words, text("words/first")))
    report = replace(report, champion=champion.id)
    learnt_until = champion.card.get("evaluation_data", {}).get("from", "")
    if learnt_until <= date_of(learnt.boundaries.test).isoformat():
        return report
    words = text("words/favours_champion", until=learnt_until)
    return replace(report, words=(*report.words, words))


def _facts(
    material: Material, learnt: Learnt, settings: TrainingSettings, commission: Commission
) -> CardFacts:
    bounds = learnt.boundaries
    recipe = learnt.scorer.recipe
    split = tested_split(learnt)
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
        taught_by=learnt.learner.taught_by if learnt.learner else (),
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
