"""Species.

Purpose: the first table of the app: names, family and a description.

Risks: none, it is a new table.

Rollback: drops the table with everything in it.

Backup: none needed.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Species",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("scientific_name", models.CharField(max_length=200)),
                ("common_name", models.CharField(blank=True, default="", max_length=200)),
                ("family", models.CharField(blank=True, default="", max_length=100)),
                ("description", models.TextField(blank=True, default="")),
            ],
            options={"verbose_name_plural": "species"},
        ),
    ]
