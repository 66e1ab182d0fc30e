"""Rows that the application's own checks accept: ``full_clean`` and ``limit_choices_to``."""
