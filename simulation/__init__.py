"""A synthetic world of imports with planted irregularities and known truth."""
