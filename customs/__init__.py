"""The words of customs that every other package speaks: standard library only."""
