"""Applies and rolls back single migrations through Django's own executor."""
