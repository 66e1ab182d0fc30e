"""A project without ``manage.py`` is rehearsed through its own program, set-up included."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from django_switchback.evidence import Confirmed, ProjectDescribed
from integration.making import NUMBER, adds, chain, creates, switchback, write

CLI = """
    import importlib.util
    import os
    import sys

    from django.core.management import execute_from_command_line


    def main():
        name = os.environ["DJANGO_SETTINGS_MODULE"]
        spec = importlib.util.spec_from_file_location(name, os.environ["SHOP_CONFIG"])
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        module.DATABASES["archive"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": "archive.sqlite3"}
        module.INSTALLED_APPS = [*module.INSTALLED_APPS, *module.PLUGINS]
        execute_from_command_line(sys.argv)
"""
CONFIG = """
    SECRET_KEY = "not a secret at all, but long enough to be one"
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "own.sqlite3"}}
    DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
    USE_TZ = True
    INSTALLED_APPS = []
    PLUGINS = ["shopsuite.orders"]
"""
REFUSES = """
    def refuse(apps, schema_editor):
        from django.conf import settings

        if apps.get_model("orders", "Order").objects.using(schema_editor.connection.alias).exists():
            raise RuntimeError(f"no way back with {sorted(settings.DATABASES)}")
"""
ENTRY_POINTS = "[console_scripts]\nshop-server = shopsuite.cli:main\n"
SCRIPT = """
    import sys
    from shopsuite.cli import main

    if __name__ == "__main__":
        sys.exit(main())
"""
MODEL = """
    from django.db import models


    class Order(models.Model):
        n = models.IntegerField(default=0)
        total = models.IntegerField(default=0)
"""


def install(folder: Path) -> Path:
    """Install a package with a program ``shop-server`` beside ``folder``; return the place of the package."""
    steps = chain(
        ("0001_initial", creates("Order", NUMBER)),
        ("0002_total", adds("order", "total=models.IntegerField(default=0)")),
        ("0003_closed", "migrations.RunPython(migrations.RunPython.noop, refuse)"),
        app="orders",
    )
    steps["0003_closed"] = steps["0003_closed"].replace("\n\nclass", f"\n{dedent(REFUSES)}\n\nclass", 1)
    library = write(
        folder.parent / "library",
        {
            "shopsuite/cli.py": CLI,
            "shopsuite/orders/models.py": MODEL,
            "shopsuite/orders/migrations/__init__.py": "",
            **{f"shopsuite/orders/migrations/{name}.py": text for name, text in steps.items()},
            "shopsuite-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: shopsuite\nVersion: 1.0\n",
            "shopsuite-1.0.dist-info/entry_points.txt": ENTRY_POINTS,
        },
    )
    write(
        folder, {"shop.py": CONFIG, "bin/shop-server": SCRIPT, ".env": "DJANGO_SETTINGS_MODULE=shop_config\n"}
    )
    return library


def test_a_program_is_run_with_all_of_its_set_up(tmp_path: Path) -> None:
    """Its pseudo-module, named in ``.env``, is its settings; second database, apps and commands are seen."""
    folder = tmp_path / "deployment"
    library = install(folder)
    ran = switchback(
        folder,
        *("--manage", "bin/shop-server", "--last", "1", "--jobs", "1"),
        PYTHONPATH=str(library),
        SHOP_CONFIG=str(folder / "shop.py"),
    )
    assert ran.status == 1, ran.out + ran.err
    [described, *_] = ran.of(ProjectDescribed)
    assert described.aliases == ("default", "archive")
    assert (described.settings, described.package) == ("shop_config", "shopsuite")
    assert ran.report["run"]["settings"] == "shop_config"
    assert set(ran.verdicts("sqlite/archive")) == {"orders.0003_closed"}
    assert "those of shopsuite, which bin/shop-server belongs to" in ran.out
    [found] = [
        finding
        for finding in ran.entry("orders.0003_closed", "sqlite")["findings"]
        if finding["rule"] == "rollback-fails-with-data"
    ]
    assert found["confirmed"] is True
    assert found["reproduce"] == "bin/shop-server migrate orders 0002_total"
    said = "no way back with ['archive', 'default']"
    assert said in found["message"]
    assert {said in record.output for record in ran.of(Confirmed)} == {True}
    assert not list(folder.glob("*.sqlite3"))
