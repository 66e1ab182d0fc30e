"""The catalogue and the rows of PostgreSQL."""
