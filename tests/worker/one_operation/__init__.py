"""Migrations of one operation each, and what they break for the old release."""
