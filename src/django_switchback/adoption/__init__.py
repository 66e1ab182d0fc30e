"""Adoption by a project: what ``switchback init`` detects, and the files that it writes."""
