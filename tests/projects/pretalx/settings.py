"""pretalx with its own settings; its files stay in this folder, the database comes from ``DATABASE_URL``."""

import os
from pathlib import Path

import dj_database_url

HERE = Path(__file__).resolve().parent
os.environ["PRETALX_DATA_DIR"] = str(HERE / "data")

from pretalx.settings import *

DATABASES = {"default": dj_database_url.config(default=f"sqlite:///{HERE / 'db.sqlite3'}")}
