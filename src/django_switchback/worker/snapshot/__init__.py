"""Snapshots of a database's schema and rows, and their comparison."""
