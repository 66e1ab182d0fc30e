"""Reads the catalogue and the rows of SQLite."""
