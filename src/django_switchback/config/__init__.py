"""Merge the options of a run from the command line, the environment, ``.env`` and ``pyproject.toml``."""
