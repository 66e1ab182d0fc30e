"""The cycle of one target: apply, roll back, re-apply, with rows present."""
