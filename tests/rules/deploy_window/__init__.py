"""Tests of rules/deploy_window."""
