"""Recipes that make rows of certain libraries and models valid."""
