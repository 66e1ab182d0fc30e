"""Implement the commands that ``cli.py`` parses."""
