"""The catalogue and the rows of SQLite."""
