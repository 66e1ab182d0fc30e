"""Differences between snapshots of one database."""
