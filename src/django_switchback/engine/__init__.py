"""Start, schedule and watch the worker processes of a run, and collect their records."""
