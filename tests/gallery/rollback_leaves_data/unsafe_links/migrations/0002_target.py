"""Link every note with every tag; the way back leaves the links."""

from django.db import migrations


def link(apps, schema_editor):
    tags = list(apps.get_model("rollback_leaves_data_unsafe_links", "Tag").objects.all())
    for note in apps.get_model("rollback_leaves_data_unsafe_links", "Note").objects.all():
        note.tags.add(*tags)


class Migration(migrations.Migration):
    dependencies = [("rollback_leaves_data_unsafe_links", "0001_initial")]
    operations = [
        migrations.RunPython(link, migrations.RunPython.noop),
    ]
