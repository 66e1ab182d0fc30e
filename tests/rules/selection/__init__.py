"""Tests of rules/selection."""
