"""The worker process itself: its streams, forks, time limits and log."""
