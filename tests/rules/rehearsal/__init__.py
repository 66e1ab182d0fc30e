"""Tests of rules/rehearsal."""
