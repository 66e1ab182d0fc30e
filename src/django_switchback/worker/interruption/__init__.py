"""Steps of migrations that are not atomic, interrupted between two operations and run again."""
