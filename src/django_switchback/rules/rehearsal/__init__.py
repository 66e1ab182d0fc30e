"""Rules about what the rehearsal itself could not do or prevent."""
