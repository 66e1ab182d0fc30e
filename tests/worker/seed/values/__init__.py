"""Tests of worker.seed.values."""
