"""Loads and describes the project under test, with sandboxes in place of its databases."""
