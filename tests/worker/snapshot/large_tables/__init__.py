"""Tests of worker.snapshot.large_tables."""
