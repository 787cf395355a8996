"""How a study begins: what is kept with it then, and holds whenever it is resumed."""

from __future__ import annotations

import optuna
from optuna.storages import BaseStorage

from training.errors import StudyError
from training.study_storage import is_shared, names_of
from training.trial import Plan

STARTS = "starts"
"""Attribute: names and best parameters of the earlier studies that it starts from."""

BEST = "best"
"""Attribute: the best parameters, once it has ended."""

AT_ONCE = "at_once"
"""Attribute: a trial draws by those that are so many places before it, or more."""

_FAMILY, _FINGERPRINT = "family", "fingerprint"

_SHARED_AT_ONCE = 4
"""Behind a URL, where nobody knows beforehand how many will have a hand in."""


def study_of(plan: Plan, storage: BaseStorage, places: int) -> optuna.Study:
    """Give the study of a plan, begun where it is new; `places` trials are judged here at once.

    Raises StudyError where it is not to be resumed, or cannot be.
    """
    known = plan.name in names_of(storage)
    if known and not plan.resume:
        raise StudyError(
            f"study {plan.name!r} exists already", remedy="give --resume, or another --study name"
        )
    study = optuna.create_study(
        storage=storage, study_name=plan.name, direction="maximize", load_if_exists=True
    )
    if _FINGERPRINT not in study.user_attrs:
        study.set_user_attr(_FAMILY, plan.family)
        study.set_user_attr(STARTS, _warm_starts(plan, storage))
        study.set_user_attr(AT_ONCE, _at_once(plan, places))
        study.set_user_attr(_FINGERPRINT, plan.fingerprint)
    if study.user_attrs[_FINGERPRINT] != plan.fingerprint:
        raise StudyError(
            f"study {plan.name!r} was made from other data or settings", remedy="give another --study name"
        )
    return study


def _at_once(plan: Plan, places: int) -> int:
    return plan.at_once or max(places, _SHARED_AT_ONCE if is_shared(plan.storage) else 1)


def _warm_starts(plan: Plan, storage: BaseStorage) -> list[tuple[str, dict[str, float]]]:
    """Names and best parameters of the newest finished studies of the family, none twice.

    They are kept with the study when it begins: a resumed one tries the same, whatever was finished since.
    """
    earlier = sorted(storage.get_all_studies(), key=lambda one: -one._study_id)
    tried: list[dict[str, float]] = [dict(plan.first)]
    found: list[tuple[str, dict[str, float]]] = []
    for one in earlier if plan.family else ():
        best = one.user_attrs.get(BEST, {})
        if one.user_attrs.get(_FAMILY) != plan.family or set(best) != set(plan.space):
            continue
        start = {name: dimension.within(best[name]) for name, dimension in plan.space.items()}
        if start not in tried:
            tried.append(start)
            found.append((one.study_name, start))
    return found[: plan.warm_starts]
