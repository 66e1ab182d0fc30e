"""Add a partial unique constraint that compares the codes of sold parts as they are, and keep the one without case
under another name.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
from django.db.models import Q
from django.db.models.functions import Upper


class Part(models.Model):
    shop = models.PositiveIntegerField()
    code = models.CharField(max_length=40)
    sold = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("shop", Upper("code"), condition=Q(sold=True), name="clean_case_sold_kept"),
            models.UniqueConstraint(fields=["shop", "code"], condition=Q(sold=True), name="clean_case_sold_plain"),
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
                    models.UniqueConstraint("shop", Upper("code"), condition=Q(sold=True), name="clean_case_sold_upper")
                ]
            },
        )
    ]


# migrations/0002_target.py
from django.db.models import Q
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    operations = [
        migrations.RemoveConstraint("part", "clean_case_sold_upper"),
        migrations.AddConstraint(
            "part", models.UniqueConstraint("shop", Upper("code"), condition=Q(sold=True), name="clean_case_sold_kept")
        ),
        migrations.AddConstraint(
            "part",
            models.UniqueConstraint(fields=["shop", "code"], condition=Q(sold=True), name="clean_case_sold_plain"),
        ),
    ]
