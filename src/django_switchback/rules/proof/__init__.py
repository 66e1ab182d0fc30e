"""Proves a pass from the evidence on a target."""
