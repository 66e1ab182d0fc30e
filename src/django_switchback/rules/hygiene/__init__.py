"""Rules about how migrations are written and acknowledged."""
