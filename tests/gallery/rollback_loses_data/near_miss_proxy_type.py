"""Let what refers to the content type of a proxy refer to that of its model; the reverse gives it back."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Doc(models.Model):
    title = models.CharField(max_length=80)


class Draft(Doc):
    class Meta:
        proxy = True


class Mark(models.Model):
    content_type = models.ForeignKey("contenttypes.ContentType", models.CASCADE, related_name="%(app_label)s")
    object_id = models.BigIntegerField()
    was_draft = models.BooleanField(default=False)


# migrations/0001_initial.py
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


class Migration(migrations.Migration):
    dependencies = [("contenttypes", "0002_remove_content_type_name")]
    operations = [
        migrations.CreateModel("Doc", [ID, ("title", models.CharField(max_length=80))]),
        migrations.CreateModel(
            "Draft",
            [],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("rollback_loses_data_near_miss_proxy_type.doc",),
        ),
        migrations.CreateModel(
            "Mark",
            [
                ID,
                ("object_id", models.BigIntegerField()),
                (
                    "content_type",
                    models.ForeignKey("contenttypes.ContentType", models.CASCADE, related_name="%(app_label)s"),
                ),
            ],
        ),
    ]


# migrations/0002_target.py
"""Keep the rows.

switchback: acknowledge forward-not-resumable: an interrupted one is repaired by hand
"""


def types(apps):
    of_app = apps.get_model("contenttypes", "ContentType").objects.filter(
        app_label="rollback_loses_data_near_miss_proxy_type"
    )
    return of_app.filter(model="draft").first(), of_app.filter(model="doc").first()


def move(apps, schema_editor):
    draft, doc = types(apps)
    marks = apps.get_model("rollback_loses_data_near_miss_proxy_type", "Mark").objects
    if draft and doc:
        marks.filter(content_type=draft).update(content_type=doc, was_draft=True)


def move_back(apps, schema_editor):
    draft, doc = types(apps)
    marks = apps.get_model("rollback_loses_data_near_miss_proxy_type", "Mark").objects
    if draft and doc:
        marks.filter(was_draft=True, content_type=doc).update(content_type=draft)


class Migration(migrations.Migration):
    # PostgreSQL alters no table whose foreign keys the same transaction has changed.
    atomic = False
    operations = [
        migrations.AddField("mark", "was_draft", models.BooleanField(default=False)),
        migrations.RunPython(move, move_back),
    ]
