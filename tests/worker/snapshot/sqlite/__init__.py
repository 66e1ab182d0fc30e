"""Tests of worker.snapshot.sqlite."""
