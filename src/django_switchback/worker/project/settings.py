"""The project's own settings with every database swapped for a sandbox, and files, mail and caches replaced.

Named in ``DJANGO_SETTINGS_MODULE`` of each worker and of each plain ``manage.py`` that confirms a finding, so
that both meet the same whether or not the project reads ``DATABASE_URL``. These variables are read:
``SWITCHBACK_PROJECT_SETTINGS`` (the module), ``SWITCHBACK_SANDBOXES`` (a file: it may hold a password), and
those of ``replaced.py``.
"""

import importlib
import os
from pathlib import Path

from django_switchback.worker.project.databases import read_sandboxes, swap_databases
from django_switchback.worker.replacements.settings import read_replacement_environment, replace_settings

_project = importlib.import_module(os.environ["SWITCHBACK_PROJECT_SETTINGS"])
_own = {name: getattr(_project, name) for name in dir(_project) if name.isupper()}
globals().update(_own, **replace_settings(_own, *read_replacement_environment(os.environ)))
SWITCHBACK_ENGINES = {
    alias: database.get("ENGINE", "") for alias, database in getattr(_project, "DATABASES", {}).items()
}
DATABASES = swap_databases(
    getattr(_project, "DATABASES", {}), read_sandboxes(Path(os.environ["SWITCHBACK_SANDBOXES"]))
)
