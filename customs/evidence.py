"""Records by which floors that do not know each other speak: evaluations, drift, promotions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from customs.figure import Figure

Text = Mapping[str, str]
"""What is said to people, by language: `es` and `en`."""


@dataclass(frozen=True)
class Evaluation:
    """The figures of one method (model, rules, random, champion, lookup) on one part of the data.

    `part` is `test`, `novel` (rows whose goods tuple was never seen in training) or `decontaminated`
    (trained without the rows whose goods tuple stands in the test part); `figures` maps a measure, such as
    `precision_at_5`, to its value and interval.
    """

    part: str
    method: str
    items: int
    illicit: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class SkillClaim:
    """Whether skill may be claimed: one measure, named beforehand, against the better baseline.

    `lift` is model over baseline; `bound` its one-sided lower bound at `level`. There is skill only if the
    bound is above 1.
    """

    measure: str
    baseline: str
    lift: float
    bound: float
    level: float = 0.999

    @property
    def holds(self) -> bool:
        """True if the bound of the lift is above 1 (a bound that is NaN never is)."""
        return self.bound > 1.0


@dataclass(frozen=True)
class GroupFigures:
    """The figures of one group of items: how many there are, how many of them illicit, and measures.

    `illicit` is None where the items are not all inspected ones.
    """

    group: str
    items: int
    illicit: int | None
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class Grouping:
    """The model's figures in each group that one attribute tells apart: a month, a kind of finding."""

    attribute: str
    groups: tuple[GroupFigures, ...]


@dataclass(frozen=True)
class Disparity:
    """What one group bears beside all others: `measure` is `selection`, `hits` or `needless`.

    `ratio` is the group's share of items selected, the hit rate of these, or the share of licit ones among
    the selected, over that of all other groups.
    """

    attribute: str
    group: str
    measure: str
    ratio: Figure


@dataclass(frozen=True)
class Probe:
    """Whether one way in which an evaluation flatters itself was looked for and not found."""

    name: str
    passed: bool
    words: Text


@dataclass(frozen=True)
class Stability:
    """What other seeds make of the same parameters: `correlation` is the least rank correlation with the
    model's scores, `spread` the least and greatest value of each measure, the model's own among them.
    """

    seeds: int
    correlation: float
    spread: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class WholePopulation:
    """Rates of all later items, by the logged probabilities of inspection, beside those of the inspected.

    `inspected` and `weighted` map a measure to its figure; `weighted` is empty where it cannot be made, and
    `words` say why, or from what it was made.
    """

    items: int
    known: int
    inspected: Mapping[str, Figure]
    weighted: Mapping[str, Figure]
    words: Text


@dataclass(frozen=True)
class EvaluationReport:
    """All that one final evaluation says: figures, the claim of skill, and its findings in plain words.

    `champion` is the bundle that was judged beside the model, None where there was none; `unread_champion`
    one that could not be, for it cannot be read any more. `examined` are the settings that shape what is read
    of the report, by name.
    """

    evaluations: tuple[Evaluation, ...]
    skill: SkillClaim | None
    words: tuple[Text, ...]
    champion: str | None = None
    unread_champion: str | None = None
    examined: Mapping[str, float] = field(default_factory=dict)
    groupings: tuple[Grouping, ...] = ()
    disparities: tuple[Disparity, ...] = ()
    probes: tuple[Probe, ...] = ()
    stability: Stability | None = None
    population: WholePopulation | None = None

    @property
    def capacity(self) -> float:
        """The share of items that is really inspected, in percent; 0 where it is not said."""
        return self.examined.get("capacity", 0.0)


@dataclass(frozen=True)
class Footprint:
    """What a bundle takes: bytes on disk, trees, leaves, and microseconds in which one row is scored."""

    bytes: int
    trees: int
    leaves: int
    microseconds: float


@dataclass(frozen=True)
class Difference:
    """One measure of two models on the same items, and model `one` less `other`, resampled together."""

    measure: str
    one: Figure
    other: Figure
    difference: Figure
    more_is_better: bool

    @property
    def better(self) -> str | None:
        """The better one, `one` or `other`, where the interval excludes zero; None where it does not."""
        if self.difference.low > 0:
            return "one" if self.more_is_better else "other"
        if self.difference.high < 0:
            return "other" if self.more_is_better else "one"
        return None


@dataclass(frozen=True)
class Comparison:
    """Two models on the same items of [since, until): paired differences, and how alike they rank."""

    one: str
    other: str
    since: str
    until: str
    items: int
    illicit: int
    correlation: float
    differences: tuple[Difference, ...]

    def better(self, one: Difference) -> str | None:
        """Give the id of the model that is better by a difference; None where they cannot be told apart."""
        return {"one": self.one, "other": self.other, None: None}[one.better]


@dataclass(frozen=True)
class ColumnDrift:
    """How far one column moved between the reference and the current period, and whether that alerts."""

    column: str
    measure: str
    score: float
    threshold: float
    alert: bool


@dataclass(frozen=True)
class DriftReport:
    """What monitoring saw: counts, columns, and the verdict with its reasons in plain words."""

    bundle_id: str
    since: str
    until: str
    reference_items: int
    current_items: int
    columns: tuple[ColumnDrift, ...]
    alert: bool
    words: tuple[str, ...]


@dataclass(frozen=True)
class Promotion:
    """A bundle that became champion, or was refused: by whose key, when, on what grounds."""

    bundle_id: str
    previous: str | None
    approver: str
    decided_at: str
    accepted: bool
    grounds: tuple[Text, ...]
    signature: str
