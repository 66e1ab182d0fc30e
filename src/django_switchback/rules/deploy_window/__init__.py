"""Rules about the time between a migration and the end of the old release."""
