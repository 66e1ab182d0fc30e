"""Run other tools over the gallery and over migrations of one operation, and count beside Switchback."""
