"""Isolates roles, memberships and settings of a PostgreSQL server per sandbox."""
