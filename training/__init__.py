"""Learning under control: split by time, search, fit, evaluate once, record, promote."""
