"""Watch the champion: has the input, has the output moved, and do the inspections still hit."""
