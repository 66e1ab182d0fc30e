"""Tests of snapshots and their comparison."""
