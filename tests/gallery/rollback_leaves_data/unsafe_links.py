"""Link every note to every tag. The reverse does nothing: after the rollback the links are still there."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-leaves-data"}, needs_rows=True)


# models.py
class Tag(models.Model):
    name = models.CharField(max_length=40)


class Note(models.Model):
    public = models.BooleanField(default=False)
    tags = models.ManyToManyField(Tag)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Tag",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public", models.BooleanField(default=False)),
                ("tags", models.ManyToManyField(to="rollback_leaves_data_unsafe_links.tag")),
            ],
        ),
    ]


# migrations/0002_target.py
def link(apps, schema_editor):
    tags = list(apps.get_model("rollback_leaves_data_unsafe_links", "Tag").objects.all())
    for note in apps.get_model("rollback_leaves_data_unsafe_links", "Note").objects.all():
        note.tags.add(*tags)


class Migration(migrations.Migration):
    operations = [migrations.RunPython(link, migrations.RunPython.noop)]
