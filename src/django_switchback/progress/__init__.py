"""Display the progress of a run: bars on a terminal, plain lines elsewhere."""
