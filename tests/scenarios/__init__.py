"""Tests of what scenarios are written with."""
