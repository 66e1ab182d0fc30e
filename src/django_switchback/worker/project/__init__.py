"""The project under test: loaded and described, its databases swapped for sandboxes."""
