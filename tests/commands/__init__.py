"""Tests of what each command calls."""
