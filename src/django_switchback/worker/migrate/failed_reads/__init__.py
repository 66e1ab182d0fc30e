"""Finds the values of rows that a data migration read when it raised."""
