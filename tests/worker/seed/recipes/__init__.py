"""Tests of worker.seed.recipes."""
