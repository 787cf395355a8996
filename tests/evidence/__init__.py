"""The long proofs behind what the docs claim: `python -m tests.evidence` runs them at full count."""
