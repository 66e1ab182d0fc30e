"""The project's own settings with every database swapped for a sandbox.

Named in ``DJANGO_SETTINGS_MODULE`` of each worker and of each plain ``manage.py`` that confirms a finding, so
that both meet the same databases whether or not the project reads ``DATABASE_URL``. Two variables are read:
``SWITCHBACK_PROJECT_SETTINGS`` (the module) and ``SWITCHBACK_SANDBOXES`` (a file: it may hold a password).
"""

import importlib
import os
from pathlib import Path

from django_switchback.worker.swap import read_sandboxes, swapped

_project = importlib.import_module(os.environ["SWITCHBACK_PROJECT_SETTINGS"])
globals().update({name: getattr(_project, name) for name in dir(_project) if name.isupper()})
DATABASES = swapped(
    getattr(_project, "DATABASES", {}), read_sandboxes(Path(os.environ["SWITCHBACK_SANDBOXES"]))
)
