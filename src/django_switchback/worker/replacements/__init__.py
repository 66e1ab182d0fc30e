"""Replaces the project's file storage, mail and caches by backends of the run."""
