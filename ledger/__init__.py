"""Evidence of what was decided: canonical records, sealed by data subject, in a store that only grows."""
