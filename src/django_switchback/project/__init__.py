"""Which migrations are under test, and who takes which: pure, over the graph that a worker described."""
