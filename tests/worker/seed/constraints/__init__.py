"""Tests of worker.seed.constraints."""
