"""Store whether a note is hidden in place of whether it is public, by RunPython without a reverse function: `migrate`
to the migration before it raises IrreversibleError, and the release cannot be rolled back.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"irreversible"})
SAFE_TWIN = "clean"


# models.py
class Note(models.Model):
    hidden = models.BooleanField(default=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public", models.BooleanField(default=False)),
            ],
        )
    ]


# migrations/0002_target.py
def flip(apps, schema_editor):
    flipped = models.Case(models.When(hidden=True, then=False), default=True)
    apps.get_model("irreversible_unsafe_python", "Note").objects.update(hidden=flipped)


class Migration(migrations.Migration):
    operations = [
        migrations.RenameField("note", "public", "hidden"),
        migrations.AlterField("note", "hidden", models.BooleanField(default=True)),
        migrations.RunPython(flip),
    ]
