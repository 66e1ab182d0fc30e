"""Insert a tag and set it on a note, and delete the tag in the reverse: notes that the new release set it on lose it
with the tag, as they must.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Tag(models.Model):
    word = models.CharField(max_length=40)


class Note(models.Model):
    title = models.CharField(max_length=80)
    tags = models.ManyToManyField(Tag)


# migrations/0001_initial.py
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Tag", [ID, ("word", models.CharField(max_length=40))]),
        migrations.CreateModel(
            "Note",
            [
                ID,
                ("title", models.CharField(max_length=80)),
                ("tags", models.ManyToManyField("rollback_loses_data_near_miss_own_tag.Tag")),
            ],
        ),
    ]


# migrations/0002_target.py
def feature(apps, schema_editor):
    tag = apps.get_model("rollback_loses_data_near_miss_own_tag", "Tag").objects.create(word="featured")
    for note in apps.get_model("rollback_loses_data_near_miss_own_tag", "Note").objects.order_by("id")[:1]:
        note.tags.add(tag)


def unfeature(apps, schema_editor):
    apps.get_model("rollback_loses_data_near_miss_own_tag", "Tag").objects.filter(word="featured").delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(feature, unfeature)]
