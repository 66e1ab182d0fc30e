"""Misago as its own development project sets it up, on the Django that is installed.

Misago asks for Django 4.2.8 exactly, which Switchback does not support; its migrations are of no such mind.
"""

from devproject.settings import *

SECRET_KEY = "only-for-rehearsals"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "misago"}}
