"""One run of the command line: its workspace, its settings, and how its errors reach a person."""

from __future__ import annotations

import errno
import functools
import os
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import typer

from customs.errors import TamizError

if TYPE_CHECKING:
    from features.history.settings import HistorySettings
    from features.profile_settings import ProfileSettings
    from features.settings import IntakeSettings
    from ledger.settings import LedgerSettings
    from lifecycle.workspace import Workspace
    from monitoring.settings import MonitoringSettings
    from selection.settings import SelectionSettings
    from serving.settings import ServingSettings
    from simulation.settings import WorldSettings
    from training.settings import TrainingSettings

FORMATS = "canonical, asycuda-xml, kcs, date, comex, or a mapping file MAPPING.yaml."
"""The formats of declarations, as the help of a command names them."""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Session:
    """What the global options say.

    `configs` is the folder of settings files; None: the workspace's own `configs/`, where it has one.
    """

    root: Path
    configs: Path | None = None
    debug: bool = False

    @property
    def workspace(self) -> Workspace:
        """The workspace the command works in."""
        from lifecycle.workspace import Workspace

        return Workspace(self.root)

    @property
    def intake(self) -> IntakeSettings:
        """Settings of intake."""
        return cast("IntakeSettings", self._settings("intake"))

    @property
    def history(self) -> HistorySettings:
        """Settings of the histories."""
        return cast("HistorySettings", self._settings("history"))

    @property
    def profiles(self) -> ProfileSettings:
        """Settings of the profile store."""
        return cast("ProfileSettings", self._settings("profiles"))

    @property
    def simulation(self) -> WorldSettings:
        """Settings of the simulated world."""
        return cast("WorldSettings", self._settings("simulation"))

    @property
    def training(self) -> TrainingSettings:
        """Settings of training."""
        return cast("TrainingSettings", self._settings("training"))

    @property
    def selection(self) -> SelectionSettings:
        """Settings of selection, its rules among them."""
        return cast("SelectionSettings", self._settings("selection"))

    @property
    def ledger(self) -> LedgerSettings:
        """Settings of the ledger."""
        return cast("LedgerSettings", self._settings("ledger"))

    @property
    def serving(self) -> ServingSettings:
        """Settings of the service."""
        return cast("ServingSettings", self._settings("serving"))

    @property
    def monitoring(self) -> MonitoringSettings:
        """Settings of monitoring."""
        return cast("MonitoringSettings", self._settings("monitoring"))

    def source_format(self, name: str) -> str:
        """The format of a source as it was named, or the path of the mapping of that name in `sources/`.

        A mapping among the session's settings stands before one of the same name that comes with Tamiz.

        >>> Session(Path("nowhere")).source_format("kcs")
        'kcs'
        """
        file = self._configs / "sources" / f"{name}.yaml"
        return str(file) if Path(name).name == name and file.is_file() else name

    def there(self) -> Session:
        """The same session for a process that stands in another folder."""
        return replace(
            self, root=self.root.absolute(), configs=self.configs.absolute() if self.configs else None
        )

    @property
    def _configs(self) -> Path:
        return self.configs or self.workspace.configs

    def _settings(self, concern: str) -> Any:
        from lifecycle.settings import read_settings, settings_class, settings_file

        return read_settings(settings_class(concern), settings_file(self._configs, concern))


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Make a command end as a person expects: a clear error with its remedy, and the exit status it has.

    A traceback is shown only with `--debug`. Ctrl-C ends with status 130. The first parameter
    of the function is named `context`.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        session = cast("typer.Context", kwargs["context"]).obj
        try:
            return function(*args, **kwargs)
        except TamizError as error:
            raise _told(session, str(error), error.remedy, error.exit_status) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            message, remedy = _of_system(error)
            raise _told(session, message, remedy, 1) from None
        except KeyboardInterrupt:
            raise _told(
                session, "interrupted", "what was finished is kept: run the command again", 130
            ) from None
        except MemoryError:
            raise _told(session, "out of memory", "free memory, or lower chunk_rows in configs", 1) from None
        except typer.Exit:
            raise
        except Exception as error:
            if isinstance(error, typer.TyperException):
                raise
            raise _told(session, *_of_any(error), 1) from None

    return run


def _told(session: Session, message: str, remedy: str, status: int) -> typer.Exit:
    from lifecycle.console import talk

    if session.debug:
        talk.print(traceback.format_exc(), markup=False, soft_wrap=True)
    talk.print(f"[bold red]error:[/] {_plain(message)}", soft_wrap=True)
    talk.print(f"[bold]remedy:[/] {_plain(remedy)}", soft_wrap=True)
    return typer.Exit(status)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _of_any(error: Exception) -> tuple[str, str]:
    """A disk's refusal that a library told in an exception of its own, or a defect."""
    told = re.search(r"\(os error (\d+)\)", str(error))
    if told:
        number = int(told[1])
        return _of_system(OSError(number, os.strerror(number)))
    message = f"unexpected {type(error).__name__}: a defect of Tamiz"
    return message, "run again with --debug, and report what it shows"


def _of_system(error: OSError) -> tuple[str, str]:
    name = f": {error.filename}" if error.filename else ""
    remedies = {
        errno.ENOSPC: ("the disk is full", "free space on that disk and run the command again"),
        errno.EROFS: (
            "the disk is read-only",
            "mount it for writing, or name another folder with --workspace",
        ),
        errno.EACCES: ("no permission", "change the owner or the mode of that path"),
        errno.EPERM: ("no permission", "change the owner or the mode of that path"),
        errno.ENOENT: ("no such file", "check the path"),
        errno.ENOTDIR: ("a file stands where a folder is needed", "check the path"),
        errno.EISDIR: ("a folder stands where a file is needed", "check the path"),
    }
    message, remedy = remedies.get(
        error.errno or 0,
        (error.strerror or type(error).__name__, "run again with --debug for the whole story"),
    )
    return message + name, remedy
