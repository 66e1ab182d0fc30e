"""The options of a run, merged from command line, environment, ``.env`` and ``pyproject.toml``."""
