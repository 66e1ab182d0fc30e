"""Sends pre_migrate and post_migrate, and finds their receivers."""
