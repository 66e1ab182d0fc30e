"""Rehearses the rollback of Django migrations on throwaway databases."""
