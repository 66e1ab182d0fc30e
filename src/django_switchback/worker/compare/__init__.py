"""Compares snapshots of one database."""
