"""Let names that differ in blanks alone stand side by side in one group. The old constraint, by `Trim`, cannot come
back once they do.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-blocked-by-new-rows"}, needs_rows=True)


# models.py
class Member(models.Model):
    group = models.PositiveIntegerField()
    name = models.CharField(max_length=60)

    class Meta:
        unique_together = [("group", "name")]


# migrations/0001_initial.py
from django.db.models.functions import Trim


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Member",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("group", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=60)),
            ],
            options={"constraints": [models.UniqueConstraint("group", Trim("name"), name="unsafe_blanks_name")]},
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.RemoveConstraint("member", "unsafe_blanks_name"),
        migrations.AlterUniqueTogether("member", {("group", "name")}),
    ]
