"""Tests of worker.seed.many."""
