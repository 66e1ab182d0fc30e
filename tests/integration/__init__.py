"""Tests of the whole program, on small projects that they write and on real ones."""
