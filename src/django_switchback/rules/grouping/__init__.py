"""Groups records into the evidence on each database and target."""
