"""Give authors a UUID instead of a number as their primary key, and point their books at it; the reverse numbers the
authors anew and points the books at the new numbers. Numbers may differ, authors and their books do not.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")
# Labels of other cases may lead to these authors, and no label is pointed at the new numbers.
ALONE = True


# models.py
from uuid import uuid4


class Author(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4)
    name = models.CharField(max_length=60)


class Book(models.Model):
    title = models.CharField(max_length=60)
    author = models.ForeignKey(Author, models.CASCADE, null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Author",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
            ],
        ),
        migrations.CreateModel(
            "Book",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=60)),
                (
                    "author",
                    models.ForeignKey("rollback_loses_data_near_miss_key_uuid.Author", models.CASCADE, null=True),
                ),
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
    # On PostgreSQL, this is also the order in which the reverse numbers them.
    for author in apps.get_model("rollback_loses_data_near_miss_key_uuid", "Author").objects.order_by("-id"):
        author.uuid = uuid4()
        author.save()
    for book in apps.get_model("rollback_loses_data_near_miss_key_uuid", "Book").objects.exclude(author=None):
        book.author_uuid = book.author.uuid
        book.save()


def number(apps, schema_editor):
    authors = apps.get_model("rollback_loses_data_near_miss_key_uuid", "Author").objects
    numbers = dict(authors.values_list("uuid", "id"))
    for book in apps.get_model("rollback_loses_data_near_miss_key_uuid", "Book").objects.exclude(author_uuid=None):
        book.author_id = numbers[book.author_uuid]
        book.save()


def point(apps, schema_editor):
    apps.get_model("rollback_loses_data_near_miss_key_uuid", "Book").objects.update(author_id=models.F("author_uuid"))


def point_back(apps, schema_editor):
    apps.get_model("rollback_loses_data_near_miss_key_uuid", "Book").objects.update(author_uuid=models.F("author_id"))


class Migration(migrations.Migration):
    atomic = False
    operations = [
        migrations.AddField("author", "uuid", models.UUIDField(default=uuid4)),
        migrations.AddField("book", "author_uuid", models.UUIDField(null=True)),
        migrations.RunPython(draw, number),
        migrations.RemoveField("book", "author"),
        migrations.RemoveField("author", "id"),
        migrations.AlterField("author", "uuid", models.UUIDField(default=uuid4, primary_key=True, serialize=False)),
        migrations.RenameField("author", "uuid", "id"),
        migrations.AddField(
            "book",
            "author",
            models.ForeignKey("rollback_loses_data_near_miss_key_uuid.Author", models.CASCADE, null=True),
        ),
        migrations.RunPython(point, point_back),
        migrations.RemoveField("book", "author_uuid"),
    ]
