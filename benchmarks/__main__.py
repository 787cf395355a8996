"""`python -m benchmarks [NAME]...`: run the benchmarks, several each in a process of its own."""

from __future__ import annotations

import argparse
import json
import pkgutil
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.evidence.stamp import stamp

HERE = Path(__file__).parent
RESULTS = HERE / "results"


def main(arguments: Sequence[str]) -> int:
    """Run one benchmark here, or several (all without a name) one after another; 0 if all came through."""
    known = sorted(module.name for module in pkgutil.iter_modules([str(HERE)]) if _is_benchmark(module.name))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"one of: {', '.join(known)}")
    names = parser.parse_args(arguments).names
    if unknown := [name for name in names if name not in known]:
        parser.error(f"no benchmark '{unknown[0]}'; there are: {', '.join(known)}")
    if len(names) == 1:
        _measure(names[0])
        return 0
    return max((_in_own_process(name) for name in names or known), default=0)


def _is_benchmark(name: str) -> bool:
    """Tell by the text, so that nothing heavy is imported to list names."""
    return not name.startswith("_") and "\ndef run(" in (HERE / f"{name}.py").read_text(encoding="utf-8")


def _in_own_process(name: str) -> int:
    return subprocess.run([sys.executable, "-m", "benchmarks", name], cwd=HERE.parent, check=False).returncode


def _measure(name: str) -> None:
    yardstick = _yardstick()
    started = time.perf_counter()
    figures: dict[str, object] = import_module(f"benchmarks.{name}").run()
    held = {
        "benchmark": name,
        "command": f"python -m benchmarks {name}",
        "figures": figures,
        "seconds": round(time.perf_counter() - started, 1),
        "yardstick": yardstick,
        **stamp(),
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(held, indent=2, ensure_ascii=False) + "\n"
    (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")
    _show(name, figures)


def _yardstick() -> float:
    """Seconds in which this machine adds ten million numbers in Python: machines are not alike."""
    started, total = time.perf_counter(), 0
    for number in range(10_000_000):
        total += number
    return round(time.perf_counter() - started, 2)


def _show(name: str, figures: dict[str, object]) -> None:
    table = Table("figure", "value", title=name, title_justify="left")
    for figure, value in _flat(figures):
        table.add_row(figure, f"{value:,.4g}" if isinstance(value, float) else str(value))
    Console().print(table)


def _flat(figures: dict[str, object], above: str = "") -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for name, value in figures.items():
        rows += _flat(value, f"{above}{name}.") if isinstance(value, dict) else [(f"{above}{name}", value)]
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
