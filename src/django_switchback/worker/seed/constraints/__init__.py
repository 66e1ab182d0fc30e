"""Rows that meet check constraints, and do not collide with unique ones."""
