"""Tests of rules/rollback."""
