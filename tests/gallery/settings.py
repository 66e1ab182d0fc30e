"""A project whose apps are cases of the gallery; the database comes from ``DATABASE_URL``."""

import os
from pathlib import Path

import dj_database_url

BASE_DIR = Path(__file__).resolve().parent
# Nothing here may trip ``check --deploy``: what a case trips must be the case's own.
SECRET_KEY = "a-key-for-rehearsals-alone-that-is-as-long-and-as-varied-as-Django-asks-for"
DEBUG = False
ALLOWED_HOSTS = ["example.org"]
SECURE_HSTS_SECONDS = 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_SSL_REDIRECT = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ON_POSTGRESQL = os.environ.get("DATABASE_URL", "").startswith("postgres")
APPS = [path.parent for path in sorted(BASE_DIR.glob("*/models.py"))]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    *(app.name for app in APPS if ON_POSTGRESQL or not (app / "postgresql_only").exists()),
]
DATABASES = {"default": dj_database_url.config(default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
