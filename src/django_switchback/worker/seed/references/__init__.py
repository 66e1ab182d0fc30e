"""The rows that foreign keys and generic foreign keys refer to."""
