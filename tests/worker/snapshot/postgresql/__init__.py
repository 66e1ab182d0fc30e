"""Tests of worker.snapshot.postgresql."""
