"""Whom to inspect: rules, the models within capacity, and one independent random draw a declaration."""
