"""The pictures: each is drawn without a display, and explains at most what it was given."""

from __future__ import annotations

import numpy as np

from tests.training.test_evaluate import part_of
from training.figures import Contributions
from training.pictures import draw


def test_every_picture_of_a_part_is_a_png() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(120, 6))
    contributions = Contributions(values, rng.normal(size=(120, 5)), [f"column_{n}" for n in range(5)])
    pictures = draw(part_of(1.5, rows=800), contributions)
    assert {"precision", "revenue", "reliability", "coverage", "beeswarm", "dependence_1"} <= set(pictures)
    assert all(png.startswith(b"\x89PNG") for png in pictures.values())
