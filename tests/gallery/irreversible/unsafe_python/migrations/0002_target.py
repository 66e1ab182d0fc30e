"""Tidy titles, with no way back."""

from django.db import migrations


def tidy(apps, schema_editor):
    apps.get_model("irreversible_unsafe_python", "Note").objects.filter(title="draft").update(title="Draft")


class Migration(migrations.Migration):
    dependencies = [("irreversible_unsafe_python", "0001_initial")]
    operations = [
        migrations.RunPython(tidy),
    ]
