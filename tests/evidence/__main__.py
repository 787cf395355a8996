"""`python -m tests.evidence [--proof NAME]... [--count N]`: run the proofs, or go on with them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.evidence.proof import Proof
from tests.evidence.proofs import PROOFS
from tests.evidence.tally import Tally, prove, publish


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the named proofs (all without a name); 0 if every case passed."""
    chosen = _parser().parse_args(arguments)
    proofs = [proof for proof in PROOFS if not chosen.proof or proof.name in chosen.proof]
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console) as bars:
            tallies = [_prove(proof, chosen.count or proof.count, bars) for proof in proofs]
    except KeyboardInterrupt:
        console.print("interrupted; the cases tried are kept: run the same command to go on")
        return 130
    for tally in tallies:
        console.print(_words(tally), highlight=False)
    return 1 if any(tally.failures for tally in tallies) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.evidence", description=__doc__)
    names = [proof.name for proof in PROOFS]
    parser.add_argument("--proof", action="append", choices=names, help="only this one; may be repeated")
    parser.add_argument("--count", type=int, help="cases of each; fewer than the full count are not written")
    return parser


def _prove(proof: Proof, count: int, bars: Progress) -> Tally:
    bar = bars.add_task(proof.name, total=count)
    tally = prove(proof, count, advance=lambda _: bars.advance(bar))
    publish(tally)
    return tally


def _words(tally: Tally) -> str:
    counted = f"{len(tally.cases) - len(tally.failures)} of {len(tally.cases)} cases passed"
    written = (
        "" if len(tally.cases) >= tally.proof.count else f" (full count {tally.proof.count}: not written)"
    )
    first = f"\n  case {tally.failures[0].case}: {tally.failures[0].failure}" if tally.failures else ""
    return f"{tally.proof.name}: {counted}{written}{first}"


if __name__ == "__main__":
    sys.exit(main())
