"""A booster is explained by tables where they are exact, and by LightGBM where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.booster import Booster
from scoring.contributions import Contributor
from scoring.errors import ContributionError
from tests.scoring.models import data, text


def test_tables_explain_a_booster_as_lightgbm_does() -> None:
    booster, rows = Booster(text()), data()[0]
    contributor = Contributor.tried(booster, rows[:20])
    assert contributor.tables is not None
    assert not contributor.refused
    found = contributor.contributions(rows, booster.predict(rows, raw=True))
    np.testing.assert_allclose(found, booster.contributions(rows), rtol=0, atol=1e-12)


def test_tables_that_say_something_else_are_not_taken() -> None:
    booster, rows = Booster(text()), data()[0]
    booster.text = text(trees=11)
    contributor = Contributor.tried(booster, rows[:20])
    assert contributor.tables is None
    assert "off LightGBM's" in contributor.refused
    raw = booster.predict(rows, raw=True)
    assert contributor.contributions(rows, raw).tobytes() == booster.contributions(rows).tobytes()


def test_what_tables_cannot_be_made_of_is_left_to_lightgbm_and_said() -> None:
    booster = Booster(text("regression"))
    line = next(line for line in booster.text.split("\n") if line.startswith("internal_count="))
    booster.text = booster.text.replace(line, "internal_count=" + " ".join("0" for _ in line.split(" ")))
    contributor = Contributor.tried(booster, data()[0][:0])
    assert contributor.tables is None
    assert contributor.refused == "a split has no rows of training, which weigh its sides"


def test_contributions_that_miss_the_score_are_refused() -> None:
    booster, rows = Booster(text()), data()[0][:3]
    contributor = Contributor.tried(booster, rows)
    with pytest.raises(ContributionError, match="miss the score"):
        contributor.contributions(rows, booster.predict(rows, raw=True) + 0.1)
