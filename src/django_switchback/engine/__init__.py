"""The worker processes of a run: when each starts, what each does, where their records go."""
