"""Selects the steps, comparisons and statements that findings are about."""
