"""Make a column unique that has two possible values: three rows are enough to stop it."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    kind = models.CharField(choices=[("a", "a"), ("b", "b")], max_length=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind"], name="forward_fails_with_data_unsafe_unique_kind")]


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("a", "a"), ("b", "b")], max_length=1)),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AddConstraint(
            "note", models.UniqueConstraint(fields=["kind"], name="forward_fails_with_data_unsafe_unique_kind")
        )
    ]
