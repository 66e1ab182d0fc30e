"""Tests of rules/hygiene."""
