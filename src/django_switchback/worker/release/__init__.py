"""Tries the statements of a release on a migrated database."""
