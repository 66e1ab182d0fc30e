"""How rows of certain libraries and models are made valid."""
