"""Tests of worker.snapshot.large."""
