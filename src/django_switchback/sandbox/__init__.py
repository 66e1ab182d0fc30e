"""Create and drop throwaway databases (sandboxes) and the servers that hold them."""
