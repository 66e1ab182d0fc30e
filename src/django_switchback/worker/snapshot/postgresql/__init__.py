"""Reads the catalogue and the rows of PostgreSQL."""
