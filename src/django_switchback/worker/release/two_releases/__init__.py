"""Writes the migrations of two releases that do what one would do to a running one."""
