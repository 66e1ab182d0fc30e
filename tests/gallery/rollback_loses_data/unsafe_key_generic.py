"""Give photos, whose table has a name of its own, a UUID as their primary key, and point the generic relations of
labels at it. The reverse numbers the photos anew, and leaves the labels at the UUIDs, which lead nowhere.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"reapply-differs", "rollback-loses-data"}, needs_rows=True)


# models.py
from uuid import uuid4

from django.contrib.contenttypes.fields import GenericForeignKey


class Photo(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4)
    name = models.CharField(max_length=60)

    class Meta:
        db_table = "unsafe_photographs"


class Label(models.Model):
    content_type = models.ForeignKey("contenttypes.ContentType", models.CASCADE)
    object_id = models.CharField(max_length=64)
    subject = GenericForeignKey()
    word = models.CharField(max_length=20)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    dependencies = [("contenttypes", "0002_remove_content_type_name")]
    operations = [
        migrations.CreateModel(
            "Photo",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
            ],
            options={"db_table": "unsafe_photographs"},
        ),
        migrations.CreateModel(
            "Label",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("object_id", models.CharField(max_length=64)),
                ("word", models.CharField(max_length=20)),
                ("content_type", models.ForeignKey("contenttypes.ContentType", models.CASCADE)),
            ],
        ),
    ]


# migrations/0002_target.py
"""Keep the rows.

switchback: acknowledge forward-not-resumable: an interrupted one is repaired by hand
switchback: acknowledge rollback-not-atomic: an interrupted one is repaired by hand
"""

from uuid import uuid4


def draw(apps, schema_editor):
    photos = apps.get_model("rollback_loses_data_unsafe_key_generic", "Photo").objects
    labels = apps.get_model("rollback_loses_data_unsafe_key_generic", "Label").objects
    types = apps.get_model("contenttypes", "ContentType").objects
    of_photos = labels.filter(
        content_type__in=types.filter(app_label="rollback_loses_data_unsafe_key_generic", model="photo")
    )
    for photo in photos.order_by("-id"):
        photo.uuid = uuid4()
        photo.save()
        of_photos.filter(object_id=str(photo.pk)).update(object_id=str(photo.uuid))


class Migration(migrations.Migration):
    atomic = False
    operations = [
        migrations.AddField("photo", "uuid", models.UUIDField(default=uuid4)),
        migrations.RunPython(draw, migrations.RunPython.noop),
        migrations.RemoveField("photo", "id"),
        migrations.AlterField("photo", "uuid", models.UUIDField(default=uuid4, primary_key=True, serialize=False)),
        migrations.RenameField("photo", "uuid", "id"),
    ]
