"""Which ``manage.py`` has nothing to say before Django."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from django_switchback.worker.project.manage_setup import is_djangos_own

PLAIN = """
import os, sys
if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings.dev")
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
"""

MORE = {
    "another import": PLAIN + "import patches\n",
    "another name for it": PLAIN.replace("import os, sys", "import os, sys, patches as site"),
    "another function": PLAIN + "def other(): pass\n",
    "a default that is a call": PLAIN + "def main(a=patch()): pass\n",
    "a decorator": PLAIN + "@patch\ndef main(): pass\n",
    "another variable": PLAIN.replace("DJANGO_SETTINGS_MODULE", "DATABASE_URL"),
    "settings by a call": PLAIN.replace('"site.settings.dev"', "choose()"),
    "a folder for modules": PLAIN.replace("import os, sys", "import os, sys\nsys.path.insert(0, 'apps')"),
    "another condition": PLAIN.replace('__name__ == "__main__"', "sys.path.append('apps') or True"),
    "something else otherwise": PLAIN + "else:\n    import patches\n",
    "other words": PLAIN.replace("sys.argv", "sys.argv[:1]"),
    "another command": PLAIN.replace("django.core.management", "configurations.management"),
    "a handler that does something": PLAIN + "try:\n    import os\nexcept ImportError:\n    patch()\n",
    "a loop": PLAIN + "for one in patches(): one()\n",
}


def test_what_startproject_writes(tmp_path: Path) -> None:
    """It is Django's own, whatever the project is called."""
    call_command("startproject", "plants", str(tmp_path), verbosity=0)
    assert is_djangos_own(tmp_path / "manage.py")


def test_the_same_in_fewer_lines(tmp_path: Path) -> None:
    """As other templates write it, without a function."""
    path = tmp_path / "manage.py"
    path.write_text(PLAIN)
    assert is_djangos_own(path)


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in MORE.items()])
def test_one_that_does_more(tmp_path: Path, text: str) -> None:
    """Whatever it does beside, it is run."""
    path = tmp_path / "manage.py"
    path.write_text(text)
    assert not is_djangos_own(path)
