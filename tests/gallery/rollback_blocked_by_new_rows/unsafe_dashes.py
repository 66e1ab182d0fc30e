"""Tell codes with dashes from those without, which the old unique constraint did not. It cannot come back once the new
release has stored A-1 beside A1.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-blocked-by-new-rows"}, needs_rows=True)


# models.py
from django.db.models import Value
from django.db.models.functions import Replace


class Part(models.Model):
    shop = models.PositiveIntegerField()
    code = models.CharField(max_length=40)
    sold = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "code"], name="unsafe_dashes_plain")]


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
                    models.UniqueConstraint(
                        "shop", Replace("code", Value("-"), Value("")), name="unsafe_dashes_without"
                    )
                ]
            },
        )
    ]


# migrations/0002_target.py
from django.db.models import Value
from django.db.models.functions import Replace


class Migration(migrations.Migration):
    operations = [
        migrations.RemoveConstraint("part", "unsafe_dashes_without"),
        migrations.AddConstraint("part", models.UniqueConstraint(fields=["shop", "code"], name="unsafe_dashes_plain")),
    ]
