"""The command line ends as a person expects: clear errors with remedies, the promised exit statuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lifecycle.workspace import Workspace

HEADER = "declaration_id,item_no,accepted_at,office_id,importer_id,origin_country,hs_code,cif\n"
GOOD = "D-1,1,2025-03-01,118,X,JP,870323,9000\n"
BAD = "D-2,1,2025-03-01,118,X,JP,87,9000\n"


def tamiz(workspace: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from lifecycle.cli import main; main()", "--workspace", str(workspace)]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, timeout=120)


def ingest(workspace: Path, text: str) -> subprocess.CompletedProcess[str]:
    file = workspace / "items.csv"
    file.write_text(text, encoding="utf-8")
    return tamiz(workspace, "ingest", str(file), "--format", "canonical", "--json")


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys, lifecycle.cli; print([m for m in ('numpy', 'polars', 'mlflow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_broken_rows_are_quarantined_and_the_same_file_twice_adds_nothing(tmp_path: Path) -> None:
    first = ingest(tmp_path, HEADER + GOOD + BAD)
    assert first.returncode == 0
    counted = json.loads(first.stdout)["items"]
    assert counted == {"rows": 2, "accepted": 1, "repeated": 0, "refused": 1}
    kept = next((tmp_path / "data" / "quarantine").glob("*.jsonl")).read_text(encoding="utf-8")
    breach = json.loads(kept.splitlines()[0])
    assert breach["field"] == "hs_code"
    assert breach["remedy"]
    assert json.loads(ingest(tmp_path, HEADER + GOOD + BAD).stdout)["items"]["accepted"] == 0


def test_a_file_whose_rows_are_all_broken_ends_with_status_2(tmp_path: Path) -> None:
    done = ingest(tmp_path, HEADER + BAD)
    assert done.returncode == 2
    assert "every row was refused" in done.stderr


@pytest.mark.parametrize("content", [None, "", "\x89PNG\r\n"])
def test_what_is_no_file_of_declarations_is_refused_with_its_remedy(
    content: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "items.csv"
    if content is not None:
        file.write_text(content, encoding="latin-1")
    done = tamiz(tmp_path, "ingest", str(file), "--format", "canonical")
    assert done.returncode == 2
    assert "remedy:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("score", "x.csv", "--format", "canonical", "-o", "y.csv"),
        ("models", "show", "abc"),
        ("models", "promote", "abc", "--key", "nobody"),
        ("advance",),
        ("audit", "verify"),
        ("ingest", "x.csv", "--format", "canonicl"),
    ],
)
def test_a_command_that_has_nothing_to_work_on_says_what_to_do(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = tamiz(tmp_path, *arguments)
    assert done.returncode == 2
    assert "remedy:" in done.stderr
    assert "Traceback" not in done.stderr
    assert "defect" not in done.stderr


def test_a_misspelt_setting_is_named_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "intake.yaml").write_text("chunk_row: 5\n", encoding="utf-8")
    done = ingest(tmp_path, HEADER + GOOD)
    assert done.returncode == 2
    assert "chunk_rows" in done.stderr


def test_an_api_key_is_shown_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    done = tamiz(tmp_path, "keys", "create", "port", "--role", "clearance")
    api_key = done.stdout.strip()
    assert api_key.startswith("tamiz_")
    kept = tmp_path / "keys" / "clients.json"
    assert api_key not in kept.read_text(encoding="utf-8")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert tamiz(tmp_path, "keys", "create", "port", "--role", "clearance").returncode == 2


def test_a_workspace_in_use_is_refused_by_the_number_of_the_process(tmp_path: Path) -> None:
    with Workspace(tmp_path).writing():
        done = ingest(tmp_path, HEADER + GOOD)
    assert done.returncode == 1
    assert "in use by process" in done.stderr
