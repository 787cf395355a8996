"""What BentoML's server is made of: our deadline for its own, and the guard, whatever else is mounted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from serving import service
from serving.deadline import Deadline
from serving.guard import Guard
from serving.wiring import VARIABLE
from tests.serving.caller import Caller
from tests.serving.places import TOKEN, workspace

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # BentoML and its libraries import old ways


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "bentoml"))
    return service._service(workspace(tmp_path)).to_asgi()


def test_the_deadline_stands_in_for_the_timer_that_keeps_requests_alive(built: Any) -> None:
    names = [middleware.cls.__name__ for middleware in built.user_middleware]
    assert Deadline.__name__ in names
    assert Guard.__name__ in names
    assert not {"TimeoutMiddleware", "AccessLogMiddleware", "RunnerTrafficMetricsMiddleware"} & set(names)


def test_a_service_outside_a_worker_is_closed_as_well(built: Any) -> None:
    for path in ("/", "/docs.json", "/schema.json", "/livez", "/v1/ready"):
        assert Caller(built).get(path).status == 401
        assert Caller(built, {"X-API-Key": TOKEN}).get(path).status == 404


def test_the_module_can_be_imported_by_anybody_but_serves_only_with_its_wiring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(Exception, match=VARIABLE):
        _ = service.Decisions
    with pytest.raises(AttributeError):
        _ = service.Others
