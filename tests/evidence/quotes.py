"""What README and docs quote of the proofs, and whether it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.evidence.proof import Proof

_QUOTE = re.compile(r"docs/evidence/([A-Za-z0-9_-]+)\.json|\]\((?:\.{0,2}/)*evidence/([A-Za-z0-9_-]+)\.json")


def quoted(root: Path) -> set[str]:
    """Give the names of the proofs that README.md and the pages of docs/ quote."""
    pages = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    texts = [page.read_text(encoding="utf-8") for page in pages if page.is_file()]
    return {one or other for text in texts for one, other in _QUOTE.findall(text)}


def shortfalls(names: Iterable[str], proofs: Mapping[str, Proof], folder: Path) -> list[str]:
    """Say what is wrong with each quoted proof: unknown, absent, too few cases, or cases that failed."""
    found = [(name, _shortfall(folder / f"{name}.json", proofs.get(name))) for name in sorted(names)]
    return [f"{name}: {wrong}" for name, wrong in found if wrong]


def _shortfall(file: Path, proof: Proof | None) -> str:
    if proof is None:
        return "is quoted but no registered proof"
    if not file.is_file():
        return "is quoted but was never run: make evidence"
    held = json.loads(file.read_text(encoding="utf-8"))
    if held["count"] < proof.count:
        return f"{held['count']} cases, {proof.count} are the full count"
    if held["passed"] != held["count"]:
        return f"{held['passed']} of {held['count']} cases passed"
    return ""
