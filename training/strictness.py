"""By what settings a model is examined, and which of them are laxer than those of the gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import gt, lt, ne

from training.settings import TrainingSettings

_IS_LAXER: Mapping[str, Callable[[float, float], bool]] = {
    "capacity": ne,
    "interval_level": ne,
    "replicates": lt,
    "skill_replicates": lt,
    "least_group": gt,
    "decontaminate_above": gt,
    "probe_days": lt,
    "probe_feature_auc": gt,
}
"""Settings of training that shape what the gate reads, and when a value examines less than the gate's does.

What is measured at another capacity, or by intervals of another level, is neither laxer nor stricter: it is
another measure.
"""


def examined_by(settings: TrainingSettings) -> dict[str, float]:
    """Give what a report holds of the settings by which it examines.

    >>> examined_by(TrainingSettings())["probe_feature_auc"]
    0.95
    """
    return {name: float(getattr(settings, name)) for name in _IS_LAXER}


def laxer(examined: Mapping[str, float], settings: TrainingSettings) -> dict[str, tuple[float | None, float]]:
    """Give, by name, each value that examined less than the gate's `settings` ask, and what these ask.

    None stands for what a report does not say.

    >>> asked = TrainingSettings()
    >>> laxer(examined_by(asked) | {"probe_feature_auc": 1.0, "probe_days": 5.0}, asked)
    {'probe_feature_auc': (1.0, 0.95)}
    """
    asked = examined_by(settings)
    return {
        name: (examined.get(name), asked[name])
        for name, is_laxer in _IS_LAXER.items()
        if name not in examined or is_laxer(examined[name], asked[name])
    }
