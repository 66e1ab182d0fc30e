"""The run's own file storage, mail and caches in place of the project's."""
