"""Every training run in MLflow, kept in the workspace: the only module that imports it."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from io import StringIO
from math import isnan
from pathlib import Path

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"
os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mlflow
    import mlflow.lightgbm
    from mlflow.entities import Experiment, Metric, Param
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

from customs.evidence import Promotion
from training.fit import native
from training.moved_store import follow
from training.run_record import Record
from training.trial import Search, Trial

EXPERIMENT = "tamiz"
MODEL = "tamiz-risk"
CHAMPION = "champion"
_BATCH = 900
_LONGEST_TAG = 5000


@dataclass(frozen=True)
class Recorded:
    """The run and the registered version that hold a record."""

    run_id: str
    version: str | None


class Tracker:
    """The MLflow store of a workspace: `mlruns/mlflow.db`, artifacts beside it.

    MLflow holds artifact paths as absolute ones: those of a workspace that was moved follow it.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder.resolve()
        self.clock = clock
        self.folder.mkdir(parents=True, exist_ok=True)
        follow(self.folder / "mlflow.db", EXPERIMENT, self._artifacts)
        with _quiet():
            self._client = MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)
            self._experiment = self._opened()

    @property
    def _artifacts(self) -> str:
        return (self.folder / "artifacts").as_uri()

    @property
    def uri(self) -> str:
        """The address of the store."""
        return f"sqlite:///{self.folder / 'mlflow.db'}"

    def record(self, record: Record) -> Recorded:
        """Give the finished run that holds all of `record`: a parent, and a child for each trial."""
        with _quiet():
            run = self._client.create_run(
                self._experiment.experiment_id, run_name=record.name, tags=dict(record.tags)
            )
            run_id = run.info.run_id
            try:
                self._log(run_id, record)
                version = self._register(run_id, record) if record.model else None
            except BaseException:
                self._client.set_terminated(run_id, "FAILED")
                raise
            self._client.set_terminated(run_id)
        return Recorded(run_id, version)

    def promote(self, bundle_id: str) -> str | None:
        """Move the alias `champion` to the registered version of a bundle; None where it has none."""
        with _quiet():
            found = self._client.search_model_versions(f"name = '{MODEL}'")
            for version in found:
                if version.tags.get("bundle_id") == bundle_id:
                    self._client.set_registered_model_alias(MODEL, CHAMPION, version.version)
                    return str(version.version)
        return None

    def note(self, promotion: Promotion) -> None:
        """Tag the registered version and the run of a bundle with what was decided on it, and when."""
        tags = {
            "promotion": "accepted" if promotion.accepted else "refused",
            "promotion.at": promotion.decided_at,
            "promotion.previous": promotion.previous or "",
            "promotion.grounds": "; ".join(ground["en"] for ground in promotion.grounds)[:_LONGEST_TAG],
        }
        with _quiet():
            for version in self._client.search_model_versions(f"name = '{MODEL}'"):
                if version.tags.get("bundle_id") == promotion.bundle_id:
                    for name, value in tags.items():
                        self._client.set_model_version_tag(MODEL, version.version, name, value)
                        self._client.set_tag(str(version.run_id), name, value)

    def champion(self) -> str | None:
        """Give the bundle id behind the alias `champion`."""
        with _quiet():
            try:
                version = self._client.get_model_version_by_alias(MODEL, CHAMPION)
            except MlflowException:
                return None
        return version.tags.get("bundle_id")

    def run(self, run_id: str) -> dict[str, object] | None:
        """Give a run: id, name, start, status, parameters, tags, metrics; None where there is none."""
        with _quiet():
            try:
                run = self._client.get_run(run_id)
            except MlflowException:
                return None
        return {
            "run_id": run.info.run_id,
            "name": run.info.run_name,
            "started": run.info.start_time,
            "status": run.info.status,
            "parameters": dict(run.data.params),
            "tags": {key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")},
            "metrics": dict(run.data.metrics),
        }

    def _opened(self) -> Experiment:
        experiment = self._client.get_experiment_by_name(EXPERIMENT)
        if experiment is None:
            made = self._client.create_experiment(EXPERIMENT, artifact_location=self._artifacts)
            experiment = self._client.get_experiment(made)
        return experiment

    def _log(self, run_id: str, record: Record) -> None:
        self._batch(run_id, record.parameters, self._metrics(record.metrics))
        for search in record.searches:
            for trial in search.trials:
                self._log_trial(run_id, search, trial)
        for path, text in record.texts.items():
            self._client.log_text(run_id, text, path)
        for name, picture in record.pictures.items():
            self._artifact(run_id, f"figures/{name}.png", picture)

    def _log_trial(self, parent: str, search: Search, trial: Trial) -> None:
        tags = {
            "mlflow.parentRunId": parent,
            "study": search.name,
            "state": trial.infeasible or ("pruned" if trial.pruned else "complete"),
            "best": str(trial.number == search.best.number).lower(),
        }
        run = self._client.create_run(
            self._experiment.experiment_id, run_name=f"{search.name} {trial.number}", tags=tags
        )
        now = int(self.clock() * 1000)
        metrics = [Metric("score", value, now, step) for step, value in trial.steps.items()]
        metrics += self._metrics({"value": trial.value, **trial.notes})
        self._batch(run.info.run_id, trial.parameters, metrics)
        self._client.set_terminated(run.info.run_id)

    def _register(self, run_id: str, record: Record) -> str:
        """Log the booster with what it needs named (finding it out takes 12 s), and register it."""
        mlflow.set_tracking_uri(self.uri)
        mlflow.set_registry_uri(self.uri)
        with mlflow.start_run(run_id=run_id):
            logged = mlflow.lightgbm.log_model(
                native(record.model or ""), name="risk", pip_requirements=["lightgbm==4.7.0", "numpy==2.4.6"]
            )
        if not self._client.search_registered_models(f"name = '{MODEL}'"):
            self._client.create_registered_model(MODEL)
        tags = {"bundle_id": record.bundle_id, **{k: v for k, v in record.tags.items() if "." not in k}}
        made = self._client.create_model_version(MODEL, logged.model_uri, run_id, tags=tags)
        return str(made.version)

    def _metrics(self, metrics: Mapping[str, float]) -> list[Metric]:
        now = int(self.clock() * 1000)
        return [Metric(name, float(value), now, 0) for name, value in metrics.items() if not isnan(value)]

    def _batch(self, run_id: str, parameters: Mapping[str, object], metrics: list[Metric]) -> None:
        params = [Param(name, str(value)[:6000]) for name, value in parameters.items()]
        for start in range(0, len(params), 100):
            self._client.log_batch(run_id, params=params[start : start + 100])
        for start in range(0, len(metrics), _BATCH):
            self._client.log_batch(run_id, metrics=metrics[start : start + _BATCH])

    def _artifact(self, run_id: str, path: str, content: bytes) -> None:
        target = self.folder / "artifacts" / run_id / "artifacts" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep MLflow's and Alembic's talk out of ours."""
    with warnings.catch_warnings(), redirect_stderr(StringIO()):
        warnings.simplefilter("ignore")
        yield
