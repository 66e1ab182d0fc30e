"""Renders and caches project states, and restores the fields of their models."""
