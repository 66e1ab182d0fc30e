"""Keep a copy of every title; where there is no note yet, insert a setting, which the reverse leaves. With rows it
works, so that only a new database cannot go forward again.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"reapply-fails"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    old_title = models.CharField(max_length=80, null=True)


class Setting(models.Model):
    key = models.CharField(max_length=40, unique=True)


# migrations/0001_initial.py
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Note", [ID, ("title", models.CharField(max_length=80))]),
        migrations.CreateModel("Setting", [ID, ("key", models.CharField(max_length=40, unique=True))]),
    ]


# migrations/0002_target.py
def set_up(apps, schema_editor):
    notes = apps.get_model("reapply_fails_unsafe_empty", "Note").objects
    if notes.exists():
        notes.update(old_title=models.F("title"))
    else:
        apps.get_model("reapply_fails_unsafe_empty", "Setting").objects.create(key="new")


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "old_title", models.CharField(max_length=80, null=True)),
        migrations.RunPython(set_up, migrations.RunPython.noop),
    ]
