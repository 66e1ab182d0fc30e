"""Pure functions from evidence to findings: one module a rule or close family."""
