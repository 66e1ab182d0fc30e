"""The gallery, rehearsed: see ``tests/gallery``."""
