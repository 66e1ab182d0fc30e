"""Observes the statements and transactions of a step."""
