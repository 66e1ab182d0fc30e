"""Tests of rules/forward."""
