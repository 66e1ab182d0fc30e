"""The guard that refuses connections to databases that the run did not make."""
