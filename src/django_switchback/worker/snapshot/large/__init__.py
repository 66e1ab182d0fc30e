"""Rows of tables too large to be kept: hashed column by column, on disk."""
