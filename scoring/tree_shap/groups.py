"""Leaves in groups that ask at most eight questions together: what a group adds is a line of a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from scoring.tree_shap.arrays import Arrays, starts
from scoring.tree_shap.leaves import Answers, Condition, Leaf

WIDTH = 8
"""Questions of a group, and columns that it explains: the answers are a byte, a line fills 64 bytes."""


@dataclass
class Joint:
    """Questions made of others, numbered from `first` on: whether all are answered as a leaf wants it."""

    first: int
    numbers: dict[Answers, int] = field(default_factory=dict)

    def arrays(self) -> Arrays:
        """Give where the questions of each begin, these questions, and the answers wanted."""
        pairs = [pair for answers in self.numbers for pair in answers]
        return (
            starts([len(answers) for answers in self.numbers]),
            np.array([question for question, _ in pairs], dtype=np.uint32),
            np.array([answer for _, answer in pairs], dtype=np.uint8),
        )

    def single(self, leaf: Leaf) -> Leaf:
        """Give the leaf with one question for each column."""
        return leaf._replace(conditions=tuple([self._single(one) for one in leaf.conditions]))

    def _single(self, one: Condition) -> Condition:
        if len(one.answers) == 1:
            return one
        number = self.numbers.setdefault(one.answers, self.first + len(self.numbers))
        return one._replace(answers=((number, 1),))


@dataclass(frozen=True, slots=True)
class Group:
    """Leaves, the questions that decide between them, and the targets that they explain."""

    leaves: tuple[Leaf, ...]
    questions: frozenset[int]
    targets: frozenset[int]

    @classmethod
    def of(cls, leaf: Leaf) -> Group:
        """Give the group of one leaf."""
        questions = frozenset(question for one in leaf.conditions for question, _ in one.answers)
        return cls((leaf,), questions, frozenset(one.target for one in leaf.conditions))

    @property
    def fits(self) -> bool:
        """True if a table can be made of it."""
        return len(self.questions) <= WIDTH and len(self.targets) <= WIDTH

    @property
    def lines(self) -> int:
        """Lines of its table: one for each way to answer."""
        return 1 << len(self.questions)

    def with_all(self, other: Group) -> Group:
        """Give the group of the leaves of both."""
        return Group(
            self.leaves + other.leaves, self.questions | other.questions, self.targets | other.targets
        )


def grouped(leaves: Iterable[Leaf], joint: Joint, most_lines: int) -> tuple[list[Group], list[Leaf]]:
    """Give the groups that tables are made of, and the leaves that are in none: too deep, or too dear.

    Neighbours go together while they fit. Where the tables would have too many lines, the groups that take
    most lines for a leaf are given up. A leaf that is in no group asks one question for each column.
    """
    groups: list[Group] = []
    deep: list[Leaf] = []
    for leaf in leaves:
        one = _brief(leaf, joint)
        if not one.fits:
            deep.append(leaf)
        elif groups and (both := groups[-1].with_all(one)).fits:
            groups[-1] = both
        else:
            groups.append(one)
    kept, dear = _within(most_lines, groups)
    deep += [leaf for group in dear for leaf in group.leaves]
    return kept, [joint.single(leaf) for leaf in sorted(deep, key=lambda leaf: leaf.number)]


def _brief(leaf: Leaf, joint: Joint) -> Group:
    """Give the group of a leaf, with one question for each column if it asks many or one of them again."""
    group = Group.of(leaf)
    count = sum(len(one.answers) for one in leaf.conditions)
    return group if group.fits and len(group.questions) == count else Group.of(joint.single(leaf))


def _within(most: int, groups: list[Group]) -> tuple[list[Group], list[Group]]:
    """Split groups into those whose lines are within a budget, in their order, and those to give up."""
    excess = sum(group.lines for group in groups) - most
    given_up: set[int] = set()
    for place in sorted(range(len(groups)), key=lambda at: len(groups[at].leaves) / groups[at].lines):
        if excess <= 0:
            break
        given_up.add(place)
        excess -= groups[place].lines
    kept = [group for place, group in enumerate(groups) if place not in given_up]
    return kept, [groups[place] for place in sorted(given_up)]
