"""Create and drop databases on PostgreSQL servers, temporary ones or the user's."""
