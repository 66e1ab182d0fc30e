"""Writes a pytest module that shows a failure with minimal rows and plain Django."""
