"""Tests of the throwaway databases."""
