"""Pure functions from a report to text: one module a format."""
