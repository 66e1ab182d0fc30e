"""Rows of tables too large for memory: hashed per column and stored on disk."""
