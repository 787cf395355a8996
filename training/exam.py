"""What a model is judged by: later items, and what had been seen before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns
from features.dataset import GOODS, Dataset, goods_tuple
from training.errors import NotEnoughDataError
from training.learn import Learnt
from training.material import Material
from training.split import Split


@dataclass(frozen=True)
class Exam:
    """Later items with their labels, what had been seen before, and the population's later items.

    `known` are labelled items from before the test part, as the look-up table knows them; `before` the items
    from before it whose goods are not novel. `others` are later items, inspected or not, by
    which the value interval is judged.
    """

    test: Dataset
    known: Dataset
    before: Columns
    others: Dataset


def exam_of(material: Material, learnt: Learnt) -> Exam:
    """Give the exam of what was learnt; NotEnoughDataError where the test part has no labels."""
    split = tested_split(learnt)
    bounds = learnt.boundaries
    day = material.labelled.columns["customs_date"]
    known = (day < bounds.test) & (material.known_date < bounds.test)
    later = material.population.columns["customs_date"] >= bounds.test
    before = {name: values[day < bounds.test] for name, values in material.labelled.columns.items()}
    return Exam(
        test=material.labelled.take(split.test),
        known=material.labelled.without_history().take(known),
        before=before,
        others=material.population.take(later),
    )


def tested_split(learnt: Learnt) -> Split:
    """Give the split, if its test part has labels; NotEnoughDataError where it has none."""
    if learnt.split is None or not len(learnt.split.test):
        raise NotEnoughDataError("the test part holds no labelled items", remedy="ingest more outcomes")
    return learnt.split


def repeated_share(exam: Exam) -> float:
    """Give the share of test items whose goods tuple stands among the items before."""
    groups = goods_of(exam)
    return float(np.isin(groups.test, groups.before).mean()) if len(groups.test) else 0.0


@dataclass(frozen=True)
class Goods:
    """The number of the goods tuple of each item: of the test part, as it is known, and from before it."""

    test: NDArray[np.int64]
    known: NDArray[np.int64]
    before: NDArray[np.int64]


def goods_of(exam: Exam) -> Goods:
    """Give the goods tuples of an exam, numbered alike in all its parts."""
    parts = [exam.test.columns, exam.known.columns, exam.before]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in GOODS}
    ends = np.cumsum([len(part["hs_code"]) for part in parts])
    return Goods(*np.split(goods_tuple(joined), ends[:-1]))
