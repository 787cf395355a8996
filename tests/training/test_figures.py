"""The pictures: each is drawn without a display, and explains at most what it was given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.training.test_comparison import comparison, difference
from tests.training.test_evaluate import part_of
from training.figures import Contributions, difference_bars
from training.pictures import draw


def test_every_picture_of_a_part_is_a_png() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(120, 6))
    contributions = Contributions(values, rng.normal(size=(120, 5)), [f"column_{n}" for n in range(5)])
    pictures = draw(part_of(1.5, rows=800), contributions)
    assert {"precision", "revenue", "reliability", "coverage", "beeswarm", "dependence_1"} <= set(pictures)
    assert all(png.startswith(b"\x89PNG") for png in pictures.values())


def test_the_letters_of_curves_and_differences_can_be_read_on_a_page_of_400_pixels() -> None:
    part = part_of(1.5, rows=800)
    beside = replace(part, rankings={**part.rankings, "champion": part.rankings["model"]})
    pictures = draw(beside, None)
    assert {"precision", "revenue", "reliability", "coverage"} == set(pictures)
    measures = ("average_precision", "recall_at_8", "revenue_by_yield_at_8")
    differences = (replace(difference(-0.01, 0.05), measure=measure) for measure in measures)
    pictures["differences"] = difference_bars(
        replace(comparison(*differences), one="9fe0bbe02ea379fc", other="0123456789abcdef")
    )
    for name, png in pictures.items():
        width, a_letter = int.from_bytes(png[16:20], "big"), 10 * 150 / 72
        assert a_letter * (400 - 32) / width >= 9, name
