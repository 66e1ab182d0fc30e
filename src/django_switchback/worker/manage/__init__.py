"""The project's own ``manage.py``, run in a process of its own to confirm findings."""
