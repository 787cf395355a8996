"""Which cases of a proof were tried and what came of them: kept line by line, so that a run can go on."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.evidence.proof import ROOT, Proof
from tests.evidence.stamp import sources, stamp

STATE = ROOT / ".evidence"
EVIDENCE = ROOT / "docs" / "evidence"


@dataclass(frozen=True)
class Case:
    """One case that was tried."""

    case: int
    failure: str | None
    seconds: float


@dataclass(frozen=True)
class Tally:
    """The cases of a proof tried with these sources."""

    proof: Proof
    cases: tuple[Case, ...]

    @property
    def failures(self) -> tuple[Case, ...]:
        """The cases that failed."""
        return tuple(held for held in self.cases if held.failure is not None)

    def to_dict(self) -> dict[str, object]:
        """Give what the docs hold of it: the claim, the counts, the failures and where they come from."""
        return {
            "proof": self.proof.name,
            "statement": self.proof.statement,
            "command": f"python -m tests.evidence --proof {self.proof.name}",
            "count": len(self.cases),
            "passed": len(self.cases) - len(self.failures),
            "failures": [{"case": held.case, "failure": held.failure} for held in self.failures[:20]],
            "seconds": round(sum(held.seconds for held in self.cases), 1),
            **stamp(),
        }


def prove(
    proof: Proof, count: int, *, state: Path = STATE, advance: Callable[[Case], None] = lambda _: None
) -> Tally:
    """Try cases 0 to `count` - 1, going on where an interrupted run of the same sources stopped."""
    file = state / f"{proof.name}-{sources()}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    known = {held.case: held for held in _read(file)}
    for case in range(count):
        if case not in known:
            known[case] = _try(proof, case)
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(vars(known[case])) + "\n")
        advance(known[case])
    return Tally(proof, tuple(known[case] for case in range(count)))


def publish(tally: Tally, folder: Path = EVIDENCE) -> Path | None:
    """Write what the docs quote; a run of fewer cases than the full count is not written."""
    if len(tally.cases) < tally.proof.count:
        return None
    file = folder / f"{tally.proof.name}.json"
    part = file.with_suffix(".part")
    folder.mkdir(parents=True, exist_ok=True)
    part.write_text(json.dumps(tally.to_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(file)
    return file


def _try(proof: Proof, case: int) -> Case:
    started = time.perf_counter()
    failure = proof.attempt(case)
    return Case(case, failure, round(time.perf_counter() - started, 3))


def _read(file: Path) -> list[Case]:
    """Give the cases kept so far; a line that an interruption cut is taken off."""
    if not file.exists():
        return []
    content = file.read_bytes()
    os.truncate(file, content.rfind(b"\n") + 1)
    return [Case(**json.loads(line)) for line in content.split(b"\n")[:-1]]
