"""Let no two notes have one title, and nobody take that back."""

from django.db import migrations, models


def nothing(apps, schema_editor):
    pass


class Migration(migrations.Migration):
    dependencies = [("forward_fails_with_data_unsafe_irreversible", "0001_initial")]
    operations = [
        migrations.AlterField("note", "title", models.CharField(max_length=80, unique=True)),
        migrations.RunPython(nothing),
    ]
