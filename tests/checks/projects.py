"""A small project with what dumps get wrong, written where a test wants it."""

from __future__ import annotations

import textwrap
from pathlib import Path

MANAGE = """
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop_settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""
SETTINGS = """
SECRET_KEY = "for tests"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "never-touched.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""
MODELS = """
from django.db import models
from django.db.models import Q


class Item(models.Model):
    state = models.CharField(max_length=10, default="new")
    price = models.DecimalField(max_digits=6, decimal_places=2, default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["new", "sold"]), name="shop_item_state"),
        ]
        indexes = [
            models.Index(
                fields=["price"], condition=Q(state__in=["new", "sold"]), name="shop_item_price"
            ),
        ]


class Sale(models.Model):
    item = models.ForeignKey(Item, on_delete=models.CASCADE)
"""
INITIAL = """
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            "Item",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("state", models.CharField(max_length=10, default="new")),
                ("price", models.DecimalField(max_digits=6, decimal_places=2, default=1)),
            ],
        ),
        migrations.AddConstraint(
            "item",
            models.CheckConstraint(condition=Q(state__in=["new", "sold"]), name="shop_item_state"),
        ),
        migrations.AddIndex(
            "item",
            models.Index(
                fields=["price"], condition=Q(state__in=["new", "sold"]), name="shop_item_price"
            ),
        ),
    ]
"""
SALE = """
from django.db import migrations, models


def of_somebody_else(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for role in ("shop_keeper", "shop_kiosks"):
        schema_editor.execute(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"
            f" THEN CREATE ROLE {role}; END IF; END $$"
        )
    schema_editor.execute("ALTER TABLE shop_sale OWNER TO shop_keeper")


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.CreateModel(
            "Sale",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("item", models.ForeignKey("shop.Item", on_delete=models.CASCADE)),
            ],
        ),
        migrations.RunPython(of_somebody_else, migrations.RunPython.noop),
    ]
"""


def write(folder: Path) -> Path:
    """Write the project into ``folder``, with two sound migrations of the app ``shop``, and return it."""
    migrations = folder / "shop" / "migrations"
    migrations.mkdir(parents=True)
    for path, text in {
        folder / "manage.py": MANAGE,
        folder / "shop_settings.py": SETTINGS,
        folder / "shop" / "__init__.py": "",
        folder / "shop" / "models.py": MODELS,
        migrations / "__init__.py": "",
        migrations / "0001_initial.py": INITIAL,
        migrations / "0002_sale.py": SALE,
    }.items():
        path.write_text(textwrap.dedent(text).lstrip())
    return folder
