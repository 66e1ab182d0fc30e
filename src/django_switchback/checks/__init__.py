"""Checks of the suite: judge their evidence, gather their results and render them as one table."""
