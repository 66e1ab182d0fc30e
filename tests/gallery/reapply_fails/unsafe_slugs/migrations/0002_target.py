"""Make slugs of titles, which nobody keeps apart once the first notes have theirs."""

from django.db import migrations, models


def fill(apps, schema_editor):
    apps.get_model("reapply_fails_unsafe_slugs", "Note").objects.update(slug=models.F("title"))


class Migration(migrations.Migration):
    dependencies = [("reapply_fails_unsafe_slugs", "0001_initial")]
    operations = [
        migrations.AddField("note", "slug", models.CharField(max_length=80, null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField("note", "slug", models.CharField(max_length=80, unique=True)),
    ]
