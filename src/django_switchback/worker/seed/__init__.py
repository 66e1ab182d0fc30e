"""Rows that find the bugs: made through the historical models of the moment, valid by construction."""
