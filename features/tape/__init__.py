"""The tape: feature functions written down once as steps for one row, and run for one row or a million."""
