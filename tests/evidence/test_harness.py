"""The harness of the proofs: it goes on where it stopped, and lets no shortfall be quoted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.evidence.proof import ROOT, Proof
from tests.evidence.quotes import quoted, shortfalls
from tests.evidence.tally import prove, publish


def proof(tried: list[int], failing: int | None = None, stop_at: int | None = None) -> Proof:
    def run(case: int) -> str | None:
        if case == stop_at:
            raise KeyboardInterrupt
        tried.append(case)
        return f"no luck in {ROOT / 'features'}" if case == failing else None

    return Proof("trial", "Luck holds.", count=5, small=1, run=run)


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    tried: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        prove(proof(tried, stop_at=3), 5, state=tmp_path)
    with next(tmp_path.glob("*.jsonl")).open("a") as lines:
        lines.write('{"case": 3, "fail')
    tally = prove(proof(tried), 5, state=tmp_path)
    assert tried == [0, 1, 2, 3, 4]
    assert [held.case for held in tally.cases] == [0, 1, 2, 3, 4]
    assert prove(proof(tried), 5, state=tmp_path).cases == tally.cases


def test_what_is_published_says_where_it_comes_from_and_names_no_path(tmp_path: Path) -> None:
    file = publish(prove(proof([], failing=2), 5, state=tmp_path), tmp_path / "docs")
    assert file is not None
    held = json.loads(file.read_text(encoding="utf-8"))
    assert (held["count"], held["passed"]) == (5, 4)
    assert held["failures"] == [{"case": 2, "failure": "no luck in /features"}]
    assert held["command"] == "python -m tests.evidence --proof trial"
    assert {"commit", "dirty", "sources", "python", "cores", "seconds"} <= set(held)
    assert str(ROOT) not in file.read_text(encoding="utf-8")


def test_a_run_of_fewer_cases_is_not_published(tmp_path: Path) -> None:
    assert publish(prove(proof([]), 4, state=tmp_path), tmp_path / "docs") is None
    assert not (tmp_path / "docs").exists()


def test_a_crash_is_a_failure_with_its_name() -> None:
    def crash(case: int) -> str | None:
        raise ValueError("out of luck")

    assert Proof("crash", "", 1, 1, crash).attempt(0) == "ValueError: out of luck"


def test_a_quoted_proof_must_be_known_run_in_full_and_passed(tmp_path: Path) -> None:
    (tmp_path / "docs" / "evidence").mkdir(parents=True)
    (tmp_path / "README.md").write_text("Proven: docs/evidence/unknown.json, docs/evidence/absent.json.")
    (tmp_path / "docs" / "page.md").write_text(
        "See [short](evidence/short.json), [bad](../docs/evidence/bad.json)."
    )
    (tmp_path / "docs" / "more.md").write_text("And [good](./evidence/good.json).")
    for name, count, passed in (("short", 4, 4), ("bad", 5, 4), ("good", 5, 5)):
        held = json.dumps({"count": count, "passed": passed})
        (tmp_path / "docs" / "evidence" / f"{name}.json").write_text(held)
    proofs = {name: proof([]) for name in ("absent", "short", "bad", "good")}
    names = quoted(tmp_path)
    assert names == {"unknown", "absent", "short", "bad", "good"}
    assert shortfalls(names, proofs, tmp_path / "docs" / "evidence") == [
        "absent: is quoted but was never run: make evidence",
        "bad: 4 of 5 cases passed",
        "short: 4 cases, 5 are the full count",
        "unknown: is quoted but no registered proof",
    ]
