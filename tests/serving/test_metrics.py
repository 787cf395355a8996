"""What Prometheus reads: what was decided and refused and how the service stands, and nothing of anybody."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from customs.lane import Lane
from selection.settings import SelectionSettings
from serving.metrics import MEDIA
from tests.serving.caller import Caller
from tests.serving.house import House
from tests.serving.places import DAY, MONITOR_TOKEN, OFFICER_TOKEN, request

Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def figures(house: House) -> Figures:
    answer = house.caller.get("/v1/metrics")
    assert (answer.status, answer.headers["content-type"]) == (200, MEDIA)
    families = text_string_to_metric_families(answer.body.decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def risen(before: Figures, after: Figures) -> Figures:
    return {
        name: value - before.get(name, 0) for name, value in after.items() if value != before.get(name, 0)
    }


def test_a_decision_is_counted_once_however_often_it_is_asked_for(house: House) -> None:
    before = figures(house)
    told = house.decide(request("M-1"))
    assert house.decide(request("M-1")) == told
    after = risen(before, figures(house))
    reason = told["selection"]["reason"] or "none"
    assert after[("tamiz_decisions_total", (("lane", told["lane"]), ("reason", reason)))] == 1
    assert after[("tamiz_decision_seconds_count", ())] == 1
    assert 0 < after[("tamiz_decision_seconds_sum", ())] < 60


def test_what_is_only_tried_out_is_not_counted(house: House) -> None:
    before = figures(house)
    assert house.caller.post("/v1/decisions?dry_run=true", request("M-2")).status == 200
    assert risen(before, figures(house)) == {}


def test_each_refusal_is_counted_by_its_kind_lines_too(house: House) -> None:
    before = figures(house)
    house.caller.post("/v1/decisions", b"{")
    house.caller.post("/v1/decisions", {})
    house.caller.get("/v1/nothing")
    house.caller.call("GET", "/v1/ready", headers={"x-api-key": "wrong"})
    house.caller.call("POST", "/v1/decisions:batch", [b"{\n{}"], {"content-type": "application/x-ndjson"})
    names = {labels[0][1]: value for (_, labels), value in risen(before, figures(house)).items()}
    assert names == {"not-json": 2, "invalid-request": 2, "not-found": 1, "no-key": 1}


def test_what_a_decision_had_to_do_without_is_counted_by_its_cause(tmp_path: Path) -> None:
    bare = House(tmp_path, model=False)
    bare.decide(request("M-3"))
    told = figures(bare)
    bare.engine.close()
    assert told[("tamiz_degraded_total", (("cause", "model"),))] == 1
    assert told[("tamiz_degraded_total", (("cause", "profiles"),))] == 1
    assert not [name for name, _ in told if name in {"tamiz_profile_age_days", "tamiz_champion_info"}]


def test_the_model_at_work_the_ledger_and_the_age_of_the_profiles_are_told(house: House) -> None:
    told = figures(house)
    assert house.champion is not None
    assert told[("tamiz_champion_info", (("bundle", house.champion.id),))] == 1
    assert told[("tamiz_ledger_writable", ())] == 1
    assert told[("tamiz_profile_age_days", ())] == 0


def test_the_quota_used_is_told_of_offices_with_a_limit_of_their_own_alone(tmp_path: Path) -> None:
    selection = SelectionSettings.model_validate({"office_limits": {"1": {"red": 40}}, "random_share": 1.0})
    limited = House(tmp_path, selection=selection)
    for number in range(4):
        limited.decide(request(f"M-{number}", office_id="1"))
        limited.decide(request(f"N-{number}", office_id="secret-office"))
    told, used = figures(limited), limited.used(Lane.RED)
    text = limited.caller.get("/v1/metrics").body
    limited.engine.close()
    assert told[("tamiz_quota_used", (("lane", "red"), ("office", "1")))] == used
    assert told[("tamiz_quota_limit", (("lane", "red"), ("office", "1")))] == 40
    assert b"secret" not in text
    assert DAY.isoformat() not in text.decode()


def test_a_key_that_only_watches_may_read_figures_and_readiness_and_nothing_else(house: House) -> None:
    watching = Caller(house.caller.app, {"X-API-Key": MONITOR_TOKEN})
    assert [watching.get(path).status for path in ("/v1/metrics", "/v1/ready")] == [200, 200]
    assert watching.get("/v1/models/champion").status == 403
    assert watching.post("/v1/decisions", request("M-4")).status == 403
    assert Caller(house.caller.app).get("/v1/metrics").status == 401
    officer = Caller(house.caller.app, {"X-API-Key": OFFICER_TOKEN})
    assert officer.get("/v1/metrics").status == 403


def test_nothing_that_was_sent_stands_in_the_figures(house: House) -> None:
    house.decide(request("M-secret-5", importer_id="I-secret-7"))
    house.caller.post("/v1/decisions", request("M-secret-6", office_id="secret " * 30))
    house.caller.get("/v1/secret")
    assert b"secret" not in house.caller.get("/v1/metrics").body


COUNTING = """
import os, sys
from pathlib import Path
from serving.metrics import Metrics
from serving.standing import Standing

metrics = Metrics(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
metrics.refused("busy")
metrics.decided({"lane": "green", "reason": None, "degraded": []}, seconds=0.01)
sys.stdout.write(metrics.exposition(Standing(None, True, None, ())).decode())
"""


def test_several_server_processes_count_together(tmp_path: Path) -> None:
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for number in (1, 2, 3):
        run = subprocess.run(
            [sys.executable, "-c", COUNTING],
            cwd=Path(__file__).parents[2], env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert f'tamiz_refusals_total{{problem="busy"}} {number}.0' in run.stdout
        assert f"tamiz_decision_seconds_count {number}.0" in run.stdout
        assert f'tamiz_decisions_total{{lane="green",reason="none"}} {number}.0' in run.stdout
        assert "tamiz_ledger_writable 1.0" in run.stdout


def test_the_labels_are_few_whatever_is_sent(house: House) -> None:
    for number in range(30):
        house.caller.get(f"/v1/nothing-{number}")
        house.caller.post("/v1/decisions", json.dumps({f"field_{number}": number}).encode())
    values = {labels for name, labels in figures(house) if name == "tamiz_refusals_total"}
    assert len(values) < 20
