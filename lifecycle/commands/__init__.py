"""The commands, one group a module; each imports what it needs only when it runs."""
