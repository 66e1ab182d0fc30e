"""Tests of report/formats."""
