"""Errors that a person can act on: what is wrong, and what to do about it."""

from __future__ import annotations

from typing import Any, Self


class TamizError(Exception):
    """A failure with its remedy; each package raises its own subclass.

    `exit_status` is what the command line returns: 1 failed, 2 wrong usage or input, 3 an alert or a
    refused promotion. Neither text may hold personal or commercial data.

    >>> error = InputError("column 'hs_code' is missing", remedy="name the columns as in the guide")
    >>> error.exit_status, str(error), error.remedy
    (2, "column 'hs_code' is missing", 'name the columns as in the guide')
    """

    exit_status = 1

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the error come whole out of a worker process, whatever a subclass is made from."""
        return type(self)._bare, self.args, self.__dict__

    @classmethod
    def _bare(cls, *args: object) -> Self:
        return cls.__new__(cls, *args)


class InputError(TamizError):
    """Wrong usage or input: the caller can mend it and try again."""

    exit_status = 2


class RefusedError(TamizError):
    """A gate said no, for reasons that are recorded."""

    exit_status = 3
