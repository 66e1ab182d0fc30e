"""Add a second foreign key to the same model, with a `related_name`: the reverse accessors differ."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Owner(models.Model):
    name = models.CharField(max_length=40)


class Note(models.Model):
    owner = models.ForeignKey(Owner, models.CASCADE)
    editor = models.ForeignKey(Owner, models.CASCADE, null=True, related_name="edited")


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Owner",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", models.ForeignKey(on_delete=models.CASCADE, to="system_check_near_miss.owner")),
            ],
        ),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AddField(
            "note",
            "editor",
            models.ForeignKey(
                null=True, on_delete=models.CASCADE, related_name="edited", to="system_check_near_miss.owner"
            ),
        )
    ]
