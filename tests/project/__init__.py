"""Tests of what is under test."""
