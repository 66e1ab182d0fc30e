"""A campaign of faults against the real program: see ``nox -s faults`` and ``docs/reliability.md``."""
