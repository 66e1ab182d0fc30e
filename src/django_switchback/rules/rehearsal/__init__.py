"""Rules about the limits of the rehearsal itself: what it could not run, isolate or clean up."""
