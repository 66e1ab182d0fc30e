"""Nautobot with its own settings and the set-up of ``nautobot-server``; its files stay in this folder.

Redis is expected where ``NAUTOBOT_REDIS_HOST`` and ``NAUTOBOT_REDIS_PORT`` say.
"""

import os
import sys
from pathlib import Path

import dj_database_url

HERE = Path(__file__).resolve().parent
os.environ.setdefault("NAUTOBOT_ROOT", str(HERE / "data"))

from nautobot.core.cli import _preprocess_settings
from nautobot.core.settings import *

SECRET_KEY = "only-for-rehearsals"
INSTALLATION_METRICS_ENABLED = False
DATABASES = {"default": dj_database_url.config(default="postgresql:///nautobot")}

# NOTE: nautobot-server does this before Django starts: a second database alias and plugins come from it.
_preprocess_settings(sys.modules[__name__], __file__)
