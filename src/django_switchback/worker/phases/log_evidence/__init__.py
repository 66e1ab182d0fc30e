"""Logs what the cycles and the unwind have shown."""
