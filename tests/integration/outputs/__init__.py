"""What a run writes and reads again: logs, baselines, shards, plans and the cache."""
