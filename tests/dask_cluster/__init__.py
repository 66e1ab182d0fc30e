"""The cluster: the edge, and real workers."""
