"""The recipe: from items and history values to the feature matrix, the same for one row and a million."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns, Values
from features.definitions.activity import ACTIVITY
from features.definitions.code_values import CODED, code_values
from features.definitions.codes import CODES
from features.definitions.company import COMPANY
from features.definitions.composition import COMPOSITION
from features.definitions.declaration import totals
from features.definitions.exchange import EXCHANGE
from features.definitions.feature import Feature
from features.definitions.market import MARKET
from features.definitions.mass import MASS
from features.definitions.neighbouring_codes import NEIGHBOURING_CODES
from features.definitions.origin import ORIGIN
from features.definitions.records import RECORDS
from features.definitions.ring import RING
from features.definitions.splitting import SPLITTING
from features.definitions.strength import STRENGTHS, fitted_strengths
from features.definitions.tariff import TARIFF
from features.definitions.tax import TAX
from features.definitions.unit_value import UNIT_VALUE
from features.definitions.warned import WARNED
from features.definitions.watch import WATCH
from features.definitions.wording import WORDS
from features.encoding import stamp
from features.errors import OtherRecipeError, RecipeError
from features.history.settings import HistorySettings
from features.provenance import check_features
from features.reference.tables import KNOWN_NAMES
from features.snapshot import Snapshot
from features.tape.maker import Maker

FEATURES: tuple[Feature, ...] = (
    *RECORDS,
    *ACTIVITY,
    *UNIT_VALUE,
    *COMPOSITION,
    *MASS,
    *NEIGHBOURING_CODES,
    *TAX,
    *RING,
    *SPLITTING,
    *WORDS,
    *CODES,
    *ORIGIN,
    *WARNED,
    *MARKET,
    *COMPANY,
    *EXCHANGE,
    *TARIFF,
    *WATCH,
)
"""Every feature, in the order of the matrix."""

VERSION = "6"
"""Version of the feature functions: raised when a name comes to mean something else."""

_REMEDY = (
    "use the release of Tamiz that the model was trained with, or train one with this and promote it: "
    "`tamiz train`, then `tamiz models promote ID --key NAME`"
)


@dataclass(frozen=True)
class Recipe:
    """What was learned about features, and the functions by it. It holds codes, but nobody's identity.

    `vocabularies` list the codes of each categorical field that are told apart, the most frequent first;
    `strengths` say how many outcomes the prior weighs in the smoothed rates (`STRENGTHS`).

    >>> from features.columns import from_records
    >>> from features.snapshot import Snapshot
    >>> import datetime
    >>> items = [{"declaration_id": "A", "item_no": 1, "accepted_at": "2024-03-01", "cif": 90, "net_kg": 45}]
    >>> columns = from_records(items).columns
    >>> recipe = Recipe.fit(columns)
    >>> matrix = recipe.matrix(columns, Snapshot(datetime.date(2024, 3, 1), {}).lookup(columns))
    >>> matrix[0, recipe.names.index("unit_value")].item()
    0.6931
    """

    vocabularies: Mapping[str, tuple[str, ...]]
    strengths: Mapping[str, float]

    @classmethod
    def fit(
        cls, columns: Columns, *, snapshot: Snapshot | None = None, settings: HistorySettings | None = None
    ) -> Recipe:
        """Learn the codes from the items of the train part, and the strengths from a snapshot at its end.

        Without a snapshot every strength is that of the settings.
        """
        counts = {name: Counter(code_values(columns, name)) for name in CODED}
        return cls.of_counts(counts, snapshot=snapshot, settings=settings)

    @classmethod
    def of_counts(
        cls,
        counts: Mapping[str, Counter[str | None]],
        *,
        snapshot: Snapshot | None = None,
        settings: HistorySettings | None = None,
    ) -> Recipe:
        """Learn the same from how often each code of `CODED` stands among the items.

        Raises FeatureError, naming it, for a feature that asks for what there is not.
        """
        _check_features()
        settings = settings or HistorySettings()
        vocabularies = {name: _frequent(counts[name], settings) for name in CODED}
        return cls(vocabularies, fitted_strengths(snapshot, settings.strength))

    def matrix(self, columns: Columns, history: Values) -> NDArray[np.float64]:
        """Give the feature matrix, float64 (n, features), NaN where a feature has nothing to say.

        `columns` hold whole declarations, each item once, or carry their totals
        (`features.definitions.declaration`); `history` the history and reference values of
        the same rows.
        """
        return self._maker.matrix(columns | totals(columns).carried, history)

    def value_matrix(self, columns: Columns, history: Values) -> NDArray[np.float64]:
        """Give only the columns of `value_names`, in their order."""
        return self._value_maker.matrix(columns | totals(columns).carried, history)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(each.name for each in FEATURES)

    @cached_property
    def categorical(self) -> tuple[str, ...]:
        """Names of the columns that hold numbers of codes: 0 rare or unseen, NaN missing."""
        return tuple(each.name for each in FEATURES if each.categorical)

    @cached_property
    def directions(self) -> tuple[int, ...]:
        """For each column 1 where risk is known to rise with it, -1 to fall, 0 where nothing is known."""
        return tuple(each.direction for each in FEATURES)

    @cached_property
    def value_names(self) -> tuple[str, ...]:
        """Names of the columns that the value model may see: nothing of own money but freight, no parties."""
        return tuple(each.name for each in FEATURES if each.value_model)

    @cached_property
    def feature_groups(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """By column name: the reason code that it speaks under, and the declared fields it speaks of."""
        return {each.name: (each.group, each.fields) for each in FEATURES}

    @cached_property
    def reason_codes(self) -> tuple[str, ...]:
        """The reason code that each column speaks under, in the order of the columns."""
        return tuple(each.group for each in FEATURES)

    @property
    def version(self) -> str:
        """Version of the functions, and digest of what the history values mean."""
        return f"{VERSION}-{stamp()}"

    def to_json(self) -> dict[str, Any]:
        """Give the recipe as JSON values."""
        return {
            "version": self.version,
            "names": list(self.names),
            "vocabularies": {name: list(codes) for name, codes in self.vocabularies.items()},
            "strengths": dict(self.strengths),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Recipe:
        """Give the recipe back; OtherRecipeError if it was made for other feature functions than these."""
        try:
            recipe = cls(
                {name: tuple(map(str, values["vocabularies"][name])) for name in CODED},
                {name: float(values["strengths"][name]) for name in STRENGTHS},
            )
            same = (values["version"], tuple(values["names"])) == (recipe.version, recipe.names)
        except (KeyError, TypeError, ValueError) as error:
            raise RecipeError("the recipe cannot be read", remedy=_REMEDY) from error
        if not same:
            raise OtherRecipeError(f"the recipe is not of version {recipe.version}", remedy=_REMEDY)
        return recipe

    def __getstate__(self) -> dict[str, Any]:
        """Give what was learned, for another process, which makes the rest of it again."""
        return {"vocabularies": self.vocabularies, "strengths": self.strengths}

    @cached_property
    def _maker(self) -> Maker:
        return self._of(FEATURES)

    @cached_property
    def _value_maker(self) -> Maker:
        return self._of([each for each in FEATURES if each.value_model])

    def _of(self, features: Sequence[Feature]) -> Maker:
        return Maker(tuple(each.function for each in features), self.strengths, self._numbers)

    @cached_property
    def _numbers(self) -> dict[str, dict[str | None, float]]:
        return {
            name: {None: np.nan} | {code: float(number) for number, code in enumerate(codes, start=1)}
            for name, codes in self.vocabularies.items()
        }


@cache
def _check_features() -> None:
    check_features(FEATURES, KNOWN_NAMES)


def _frequent(counts: Counter[str | None], settings: HistorySettings) -> tuple[str, ...]:
    least = settings.vocabulary_min_count
    enough = [(-count, code) for code, count in counts.items() if code is not None and count >= least]
    return tuple(code for _, code in sorted(enough)[: settings.vocabulary_size])
