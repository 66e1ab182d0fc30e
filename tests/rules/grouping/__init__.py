"""Tests of rules/grouping."""
