"""Rows that find the bugs."""
