"""Add a unique constraint on codes as they are, and keep the one that leaves out dashes under another name."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
from django.db.models import Value
from django.db.models.functions import Replace


class Part(models.Model):
    shop = models.PositiveIntegerField()
    code = models.CharField(max_length=40)
    sold = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("shop", Replace("code", Value("-"), Value("")), name="clean_dashes_kept"),
            models.UniqueConstraint(fields=["shop", "code"], name="clean_dashes_plain"),
        ]


# migrations/0001_initial.py
from django.db.models import Value
from django.db.models.functions import Replace


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Part",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shop", models.PositiveIntegerField()),
                ("code", models.CharField(max_length=40)),
                ("sold", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint("shop", Replace("code", Value("-"), Value("")), name="clean_dashes_without")
                ]
            },
        )
    ]


# migrations/0002_target.py
from django.db.models import Value
from django.db.models.functions import Replace


class Migration(migrations.Migration):
    operations = [
        migrations.RemoveConstraint("part", "clean_dashes_without"),
        migrations.AddConstraint(
            "part", models.UniqueConstraint("shop", Replace("code", Value("-"), Value("")), name="clean_dashes_kept")
        ),
        migrations.AddConstraint("part", models.UniqueConstraint(fields=["shop", "code"], name="clean_dashes_plain")),
    ]
