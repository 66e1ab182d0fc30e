"""Tests of rules/proof."""
