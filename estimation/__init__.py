"""Figures and their intervals: one place for every number the platform claims."""
