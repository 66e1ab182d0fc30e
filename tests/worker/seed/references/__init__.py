"""Tests of worker.seed.references."""
