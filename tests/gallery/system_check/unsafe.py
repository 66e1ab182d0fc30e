"""Add a second foreign key to the same model without a `related_name`: the reverse accessors clash (fields.E304), and
no command of Django runs.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

ALONE = True  # Django refuses to migrate the whole project
EXPECTED = Expected("passed", errors={"system-check"})
SAFE_TWIN = "near_miss"


# models.py
class Owner(models.Model):
    name = models.CharField(max_length=40)


class Note(models.Model):
    owner = models.ForeignKey(Owner, models.CASCADE)
    editor = models.ForeignKey(Owner, models.CASCADE, null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Owner",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", models.ForeignKey(on_delete=models.CASCADE, to="system_check_unsafe.owner")),
            ],
        ),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AddField(
            "note", "editor", models.ForeignKey(null=True, on_delete=models.CASCADE, to="system_check_unsafe.owner")
        )
    ]
