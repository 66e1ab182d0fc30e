"""The project's settings with sandboxes as databases, and with files, mail and caches replaced.

Named by ``DJANGO_SETTINGS_MODULE`` in each worker and in each plain ``manage.py`` that confirms a finding, so
that both use the same databases even if the project does not read ``DATABASE_URL``. Reads the variables
``SWITCHBACK_PROJECT_SETTINGS`` (the module), ``SWITCHBACK_SANDBOXES`` (a file: it may hold a password), and
those of ``replacements/settings.py``.
"""

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from django_switchback.worker.project.databases import read_sandboxes, swap_databases
from django_switchback.worker.project.seen_settings import set_in_other_settings
from django_switchback.worker.replacements.settings import read_replacement_environment, replace_settings

_NAME = os.environ["SWITCHBACK_PROJECT_SETTINGS"]


def __dir__() -> list[str]:
    """List the settings so far: some projects read ``django.conf.settings`` while their own are loaded."""
    return sorted({*globals(), *filter(str.isupper, dir(sys.modules.get(_NAME)))})


def __getattr__(name: str) -> Any:
    if name in __dir__():
        return getattr(sys.modules[_NAME], name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_project = importlib.import_module(_NAME)
_original = {name: getattr(_project, name) for name in dir(_project) if name.isupper()}
_replaced = replace_settings(_original, *read_replacement_environment(os.environ))
globals().update(_original, **_replaced)
SWITCHBACK_ENGINES = {
    alias: database.get("ENGINE", "") for alias, database in getattr(_project, "DATABASES", {}).items()
}
DATABASES = swap_databases(
    getattr(_project, "DATABASES", {}), read_sandboxes(Path(os.environ["SWITCHBACK_SANDBOXES"]))
)
set_in_other_settings({**_replaced, "DATABASES": DATABASES})
