"""Refuses connections to databases that the run did not create."""
