"""The reports, as whole blocks."""
