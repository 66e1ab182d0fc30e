"""Runs the project's own ``manage.py`` in a separate process to confirm findings."""
