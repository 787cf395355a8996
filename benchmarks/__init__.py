"""The figures in the docs, measured again: each module with a `run` is a benchmark."""
