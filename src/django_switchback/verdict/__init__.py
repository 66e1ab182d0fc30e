"""From findings to a verdict on each target, each database and the run."""
