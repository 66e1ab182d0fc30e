"""Migrates an empty database to head, and checks what is there."""
