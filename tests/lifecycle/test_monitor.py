"""Monitoring from the command line: 0 while all is as it was, 3 on an alert."""

from __future__ import annotations

import json

from tests.lifecycle.houses import House, with_reference
from tests.lifecycle.terminal import tamiz

PERIOD = ("--since", "2024-04-01", "--until", "2024-06-28")


def test_a_period_like_the_reference_raises_no_alert(own: House) -> None:
    ended = tamiz(own.root, "monitor", *PERIOD)
    assert ended.status == 0, ended.err
    assert "drift, 2024-04-01 to 2024-06-28" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80
    page = own.workspace.reports / "drift-2024-04-01-2024-06-28.html"
    assert page.name in ended.err
    assert "<html" in page.read_text(encoding="utf-8")
    assert json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))["alert"] is False


def test_a_risk_that_moved_ends_with_status_3_and_names_it(own: House) -> None:
    with_reference(own.session, own.bundle, until=own.today, shift=3.0)
    ended = tamiz(own.root, "monitor", *PERIOD, "--json")
    assert ended.status == 3, ended.err
    assert ended.object["alert"] is True
    assert "risk" in {column["column"] for column in ended.object["columns"] if column["alert"]}


def test_a_period_with_too_little_in_it_and_a_bundle_without_a_reference_are_told(own: House) -> None:
    tamiz(own.root, "monitor", "--since", "2024-06-27", "--until", "2024-06-28").refuses(2)
    (own.workspace.references / f"{own.bundle}.parquet").unlink()
    tamiz(own.root, "monitor", *PERIOD).refuses(2, "no reference")
