"""Single migrations applied and rolled back through Django's own executor."""
