"""A shop with one sound migration and five that rows break, each in its own way."""

from pathlib import Path

import dj_database_url

SECRET_KEY = "only-for-tests"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop"]
DATABASES = {"default": dj_database_url.config(default=f"sqlite:///{Path(__file__).parent / 'shop.sqlite3'}")}
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
