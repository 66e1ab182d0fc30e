"""Tells what the evidence of a target's cycle depends on, so that a cache can tell whether it still holds."""
