"""PostgreSQL servers, ours or the user's, and the throwaway databases on them."""
