"""Everything that runs in the project's own interpreter: the only code that imports Django."""
