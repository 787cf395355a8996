"""Every proof at its small count, and what the docs quote of the full ones."""

from __future__ import annotations

import pytest

from tests.evidence.proof import ROOT, Proof
from tests.evidence.proofs import PROOFS
from tests.evidence.quotes import quoted, shortfalls
from tests.evidence.tally import EVIDENCE


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.name)
def test_a_proof_holds_at_its_small_count(proof: Proof) -> None:
    assert [failure for case in range(proof.small) if (failure := proof.attempt(case))] == []


def test_every_proof_that_the_docs_quote_was_run_in_full_and_passed() -> None:
    proofs = {proof.name: proof for proof in PROOFS}
    assert len(proofs) == len(PROOFS)
    assert shortfalls(quoted(ROOT), proofs, EVIDENCE) == []
