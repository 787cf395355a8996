"""MLflow's own page of a workspace's runs: the command that serves it."""

from __future__ import annotations

from pathlib import Path

from training.errors import TrackingError


def serve_ui(folder: Path, *, host: str = "127.0.0.1", port: int = 5000) -> tuple[list[str], dict[str, str]]:
    """Give the command line and the extra environment of MLflow's own page on loopback.

    It has no authentication, so any host but loopback is refused.

    >>> serve_ui(Path("/w/mlruns"))[1]["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"]
    'false'
    """
    if host not in {"127.0.0.1", "::1", "localhost"}:
        raise TrackingError("MLflow's page has no authentication", remedy="serve it on 127.0.0.1 only")
    environment = {
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    }
    store = f"sqlite:///{folder.resolve() / 'mlflow.db'}"
    command = [
        "mlflow",
        "server",
        "--backend-store-uri",
        store,
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    command += ["--default-artifact-root", (folder.resolve() / "artifacts").as_uri()]
    return command, environment
