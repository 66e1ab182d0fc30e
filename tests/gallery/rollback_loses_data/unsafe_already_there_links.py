"""Update or create a role, and give it a tag through the table of a many-to-many field. If there was such a role with
that tag before, rolling back deletes it.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"rollback-loses-data"})


# models.py
class Tag(models.Model):
    name = models.CharField(max_length=40, unique=True)


class Role(models.Model):
    name = models.CharField(max_length=40, unique=True)
    rank = models.IntegerField(default=0)
    tags = models.ManyToManyField(Tag)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Tag",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
            ],
        ),
        migrations.CreateModel(
            "Role",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
                ("rank", models.IntegerField(default=0)),
                ("tags", models.ManyToManyField(to="rollback_loses_data_unsafe_already_there_links.tag")),
            ],
        ),
    ]


# migrations/0002_target.py
def add(apps, schema_editor):
    tags = apps.get_model("rollback_loses_data_unsafe_already_there_links", "Tag").objects
    roles = apps.get_model("rollback_loses_data_unsafe_already_there_links", "Role").objects
    tag, _ = tags.get_or_create(name="staff")
    role, _ = roles.update_or_create(name="editor", defaults={"rank": 3})
    roles.model.tags.through.objects.bulk_create([roles.model.tags.through(role=role, tag=tag)], ignore_conflicts=True)


def remove(apps, schema_editor):
    for name, row in (("Role", "editor"), ("Tag", "staff")):
        apps.get_model("rollback_loses_data_unsafe_already_there_links", name).objects.filter(name=row).delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
