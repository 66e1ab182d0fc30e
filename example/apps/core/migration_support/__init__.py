"""What the migrations of this project share.

Migrations are history, and this package is part of it: a function here is never changed in what it does to
a database, only added to. It imports no model; models come from the ``apps`` that a migration is given.
"""
