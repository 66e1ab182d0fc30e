"""What a step does to a database in use: its locks, and work that grows with the rows (PostgreSQL)."""
