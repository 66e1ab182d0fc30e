"""Many rows in a table, copied from a few by SQL."""
