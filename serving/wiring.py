"""What a server process has to be told: where things lie, and the settings of every package it uses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from features.profile_settings import ProfileSettings
from features.settings import IntakeSettings
from ledger.settings import LedgerSettings
from selection.settings import SelectionSettings
from serving.errors import ServingInputError
from serving.settings import ServingSettings

VARIABLE = "TAMIZ_SERVICE_WIRING"
"""Environment variable that names the file with the wiring."""


class ServiceWiring(BaseModel):
    """Paths and settings, no secrets. Secrets lie in the files that the paths name.

    The URLs of the profile store, of the quota and of the ledger are in no dump: they reach a server process
    by its environment.

    `started_as` is the instant that the service's clock shows when it starts, for demonstrations of another
    day; None for the true time, which then is the same for every process.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    bundles: Path
    snapshots: Path
    ledger: Path
    quota: Path
    vault: Path
    client_keys: Path
    registered_keys: Path
    draw_key: Path
    sealing_key: Path
    serving: ServingSettings = ServingSettings()
    selection: SelectionSettings = SelectionSettings()
    intake: IntakeSettings = IntakeSettings()
    ledger_settings: LedgerSettings = LedgerSettings()
    profiles: ProfileSettings = ProfileSettings()
    started_as: AwareDatetime | None = None
    started_at: AwareDatetime | None = None

    @classmethod
    def of_workspace(cls, root: Path, **settings: object) -> ServiceWiring:
        """Give the wiring of a workspace, with these settings.

        >>> ServiceWiring.of_workspace(Path("/srv/tamiz")).ledger.as_posix()
        '/srv/tamiz/data/ledger.db'
        """
        root = root.absolute()
        paths = {
            "bundles": root / "bundles",
            "snapshots": root / "data" / "snapshots",
            "ledger": root / "data" / "ledger.db",
            "quota": root / "data" / "quota.db",
            "vault": root / "keys" / "vault",
            "client_keys": root / "keys" / "clients.json",
            "registered_keys": root / "keys" / "registry.json",
            "draw_key": root / "keys" / "draw.key",
            "sealing_key": root / "keys" / "sealing.json",
        }
        return cls.model_validate(paths | settings)

    @property
    def champion(self) -> Path:
        """The file that names the bundle to use."""
        return self.bundles / "champion.json"

    def now(self) -> datetime:
        """Give the instant of the service's clock, UTC."""
        return datetime.now(UTC) + self._ahead

    @property
    def _ahead(self) -> timedelta:
        if self.started_as is None or self.started_at is None:
            return timedelta(0)
        return self.started_as - self.started_at


def read_wiring(environment: Mapping[str, str]) -> ServiceWiring:
    """Give the wiring from the file that the environment names; raises ServingInputError."""
    name = environment.get(VARIABLE)
    if not name:
        raise ServingInputError(f"{VARIABLE} names no file", remedy="start the service with: tamiz serve")
    try:
        return ServiceWiring.model_validate_json(Path(name).read_text("utf-8"))
    except (OSError, ValidationError):
        raise ServingInputError(
            f"the file that {VARIABLE} names holds no wiring", remedy="start the service with: tamiz serve"
        ) from None
