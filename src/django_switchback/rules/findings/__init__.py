"""Builds findings from what is selected."""
