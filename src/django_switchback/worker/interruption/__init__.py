"""Steps of migrations that are not atomic, interrupted on their way and run again."""
