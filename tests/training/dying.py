"""A storage that dies at its n-th write, as a process killed at that moment would leave it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from optuna.storages import BaseStorage, RDBStorage
from optuna.storages.journal import JournalStorage

WRITES = (
    "create_new_study",
    "set_study_user_attr",
    "create_new_trial",
    "set_trial_param",
    "set_trial_intermediate_value",
    "set_trial_user_attr",
    "set_trial_system_attr",
    "set_trial_state_values",
)
"""The methods of a storage by which a search changes it."""

Replace = Callable[[type[BaseStorage], str, Any], None]


def die_at(write: int, end: Callable[[], None], *, done: bool, replace: Replace = setattr) -> None:
    """Make the storages of this process call `end` at their n-th write, when it is `done` or before it is."""
    count = 0

    def dying(original: Callable[..., Any]) -> Callable[..., Any]:
        def method(*values: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count == write and not done:
                end()
            answer = original(*values, **named)
            if count == write and done:
                end()
            return answer

        return method

    for storage in (JournalStorage, RDBStorage):
        for name in WRITES:
            replace(storage, name, dying(getattr(storage, name)))
