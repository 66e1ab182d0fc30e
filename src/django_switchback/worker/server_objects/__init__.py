"""Roles, memberships and settings of a PostgreSQL server, kept apart for each sandbox."""
