"""Store whether a note is hidden in place of whether it is public: the reverse turns every value around once more."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


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
    apps.get_model("irreversible_clean", "Note").objects.update(hidden=flipped)


class Migration(migrations.Migration):
    operations = [
        migrations.RenameField("note", "public", "hidden"),
        migrations.AlterField("note", "hidden", models.BooleanField(default=True)),
        migrations.RunPython(flip, flip),
    ]
