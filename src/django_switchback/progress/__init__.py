"""Progress of a run for the person who waits: bars on a terminal, lines elsewhere."""
