"""What a label weighs: as much as any other, or what its inspection stands for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.settings import TrainingSettings

Floats = NDArray[np.float64]


def label_weights(p_physical: Floats, settings: TrainingSettings) -> Floats | None:
    """Give the weight of each labelled item, with mean 1; None where all weigh the same.

    `logged`: the inverse of the logged probability of inspection (Horvitz & Thompson 1952), so that a random
    inspection stands for the many like it that were not inspected. An item without a logged probability
    stands for itself. No inverse counts as more than `most_weight`.

    >>> settings = TrainingSettings(label_weights="logged", most_weight=10.0)
    >>> label_weights(np.array([1.0, np.nan, 0.01]), settings).tolist()
    [0.25, 0.25, 2.5]
    """
    if settings.label_weights == "equal" or not len(p_physical):
        return None
    with np.errstate(divide="ignore"):
        inverse = np.where(np.isnan(p_physical), 1.0, 1.0 / p_physical)
    weight = np.clip(inverse, 1.0, settings.most_weight)
    return np.asarray(weight / weight.mean(), dtype=np.float64)
