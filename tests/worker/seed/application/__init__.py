"""Rows that the application accepts."""
