"""Keeps the evidence of cycles for later runs in which nothing that it depends on has changed."""
