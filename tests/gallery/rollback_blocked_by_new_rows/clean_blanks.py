"""Let names that differ in blanks alone stand side by side, and trim and number them in the reverse, before the old
constraint comes back.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Member(models.Model):
    name = models.CharField(max_length=60, unique=True)


# migrations/0001_initial.py
from django.db.models.functions import Trim


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Member",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
            ],
            options={"constraints": [models.UniqueConstraint(Trim("name"), name="clean_blanks_name")]},
        )
    ]


# migrations/0002_target.py
def number(apps, schema_editor):
    taken = set()
    for member in apps.get_model("rollback_blocked_by_new_rows_clean_blanks", "Member").objects.order_by("pk"):
        if member.name.strip() in taken:
            member.name = f"{member.name.strip()[:40]} ({member.pk})"
            member.save()
        taken.add(member.name.strip())


class Migration(migrations.Migration):
    operations = [
        migrations.RemoveConstraint("member", "clean_blanks_name"),
        migrations.RunPython(migrations.RunPython.noop, number),
        migrations.AlterField("member", "name", models.CharField(max_length=60, unique=True)),
    ]
