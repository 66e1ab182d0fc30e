"""Rules: pure functions from evidence to findings, one module for each rule or family of rules."""
