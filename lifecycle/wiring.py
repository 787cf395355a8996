"""Join the workspace and the settings into what the service is told."""

from __future__ import annotations

from datetime import datetime

from lifecycle.session import Session
from serving.wiring import ServiceWiring


def service_wiring(session: Session, *, started_as: datetime | None = None) -> ServiceWiring:
    """The wiring of the service; `started_as` sets its clock, for a demonstration of another day."""
    workspace = session.workspace.create()
    return ServiceWiring.of_workspace(
        workspace.root,
        serving=session.serving,
        selection=session.selection,
        intake=session.intake,
        ledger_settings=session.ledger,
        profiles=session.profiles,
        started_as=started_as,
    )
