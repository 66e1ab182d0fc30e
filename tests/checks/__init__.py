"""Tests of the suite's checks."""
