"""Tests of worker.seed.bulk."""
