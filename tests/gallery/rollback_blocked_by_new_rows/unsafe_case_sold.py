"""Compare the codes of sold parts as they are, where a partial unique constraint compared them without case. The new
release can store a1 beside A1, and then the old constraint cannot come back.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-blocked-by-new-rows"}, needs_rows=True)


# models.py
from django.db.models import Q
from django.db.models.functions import Upper


class Part(models.Model):
    shop = models.PositiveIntegerField()
    code = models.CharField(max_length=40)
    sold = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "code"], condition=Q(sold=True), name="unsafe_case_sold_plain")
        ]


# migrations/0001_initial.py
from django.db.models import Q
from django.db.models.functions import Upper


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
                        "shop", Upper("code"), condition=Q(sold=True), name="unsafe_case_sold_upper"
                    )
                ]
            },
        )
    ]


# migrations/0002_target.py
from django.db.models import Q
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    operations = [
        migrations.RemoveConstraint("part", "unsafe_case_sold_upper"),
        migrations.AddConstraint(
            "part",
            models.UniqueConstraint(fields=["shop", "code"], condition=Q(sold=True), name="unsafe_case_sold_plain"),
        ),
    ]
