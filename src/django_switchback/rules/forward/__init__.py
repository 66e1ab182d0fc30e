"""Rules about applying migrations."""
