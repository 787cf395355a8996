"""What learns a booster of risk: from labels, or taught on the items that nobody inspected."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scoring.booster import Booster
from training.choice import Chosen
from training.material import Prepared
from training.risk_model import LabelledMatrix, fit_risk
from training.settings import TrainingSettings
from training.split import Index, Split
from training.teacher import LEAST_UNINSPECTED, Teacher, kinds_of


@dataclass(frozen=True)
class RiskLearner:
    """Learns boosters with chosen parameters from the parts of labelled rows, and from what else was known.

    `teacher` is None where the labels themselves teach: where the settings ask for that, no more than one
    kind was found, or uninspected items are not many.
    """

    data: LabelledMatrix
    split: Split
    population: Prepared
    chosen: Chosen
    settings: TrainingSettings
    teacher: Teacher | None

    @classmethod
    def of(
        cls,
        data: LabelledMatrix,
        split: Split,
        population: Prepared,
        settings: TrainingSettings,
        chosen: Chosen,
    ) -> RiskLearner:
        """Give the learner; the numbers of trees of a teacher's boosters are sought here, once."""
        kinds = kinds_of(data, split.train) if settings.taught_by_kinds else ()
        enough = LEAST_UNINSPECTED * len(split.train)
        teaches = kinds and len(population.uninspected(split.boundaries.calibration)) >= enough
        teacher = Teacher.of(data, split, population, chosen.risk, settings) if teaches else None
        return cls(data, split, population, chosen, settings, teacher)

    @property
    def taught_by(self) -> tuple[str, ...]:
        """The kinds of finding whose boosters teach; none where the labels themselves do."""
        return tuple(self.teacher.rounds) if self.teacher else ()

    def first(self) -> Booster:
        """Give the booster that knows nothing of the calibration part."""
        return self._learn(self.split.train, self.split.boundaries.calibration)

    def final(self) -> Booster:
        """Give the booster that is learnt once more with that part, where the settings ask for it."""
        if not self.settings.refit:
            return self.first()
        return self._learn(self.split.refit, self.split.boundaries.test)

    def with_seed(self, seed: int) -> RiskLearner:
        """Give the learner that differs by its seed alone."""
        return self._otherwise(self.data, self.settings.model_copy(update={"seed": seed}))

    def with_labels_of(self, rows: Index) -> RiskLearner:
        """Give the learner to whose rows the labels of others are put, one for each."""
        data, finding = self.data, self.data.finding
        moved = replace(data, label=data.label[rows], finding=None if finding is None else finding[rows])
        return self._otherwise(moved, self.settings)

    def _learn(self, rows: Index, day: int) -> Booster:
        if self.teacher is not None:
            return Booster(self.teacher.teach(rows, day).text)
        chosen = self.chosen
        return Booster(fit_risk(self.data, rows, chosen.risk, chosen.risk_rounds, self.settings).text)

    def _otherwise(self, data: LabelledMatrix, settings: TrainingSettings) -> RiskLearner:
        teacher = self.teacher and replace(self.teacher, data=data, settings=settings)
        return replace(self, data=data, settings=settings, teacher=teacher)
