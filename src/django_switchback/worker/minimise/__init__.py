"""The minimal set of rows with which a symptom shows, found by trials."""
