"""The project's settings with sandboxes as databases, and with files, mail and caches replaced.

Named by ``DJANGO_SETTINGS_MODULE`` in each worker and in each plain ``manage.py`` that confirms a finding, so
that both use the same databases even if the project does not read ``DATABASE_URL``. Reads the variables
``SWITCHBACK_PROJECT_SETTINGS`` (the module), ``SWITCHBACK_SANDBOXES`` (a file: it may hold a password), and
those of ``replacements/settings.py``.
"""

import importlib
import os
from pathlib import Path

from django_switchback.worker.project.databases import read_sandboxes, swap_databases
from django_switchback.worker.replacements.settings import read_replacement_environment, replace_settings

_project = importlib.import_module(os.environ["SWITCHBACK_PROJECT_SETTINGS"])
_original = {name: getattr(_project, name) for name in dir(_project) if name.isupper()}
globals().update(_original, **replace_settings(_original, *read_replacement_environment(os.environ)))
SWITCHBACK_ENGINES = {
    alias: database.get("ENGINE", "") for alias, database in getattr(_project, "DATABASES", {}).items()
}
DATABASES = swap_databases(
    getattr(_project, "DATABASES", {}), read_sandboxes(Path(os.environ["SWITCHBACK_SANDBOXES"]))
)
