"""Add a foreign key that may be null: its index is built under the lock that adds the column, on both tables."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected("passed", warnings={"blocking-lock", "grows-with-rows"}),
}


# models.py
class Tag(models.Model):
    name = models.CharField(max_length=20)


class Note(models.Model):
    title = models.CharField(max_length=80)
    tag = models.ForeignKey(Tag, models.CASCADE, null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            "Tag",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=20)),
            ],
        ),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AddField(
            "note", "tag", models.ForeignKey("blocking_lock_unsafe_foreign_key.tag", models.CASCADE, null=True)
        )
    ]
