"""The schema and the rows of a database at one moment, and how two moments differ."""
