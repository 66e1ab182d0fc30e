"""Copy titles to a new unique column. It is applied while titles differ; rows written since then have equal titles,
and stop it the second time.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"reapply-fails"}, warnings={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    slug = models.CharField(max_length=80, unique=True)


# migrations/0002_target.py
def fill(apps, schema_editor):
    apps.get_model("reapply_fails_unsafe_slugs", "Note").objects.update(slug=models.F("title"))


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "slug", models.CharField(max_length=80, null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField("note", "slug", models.CharField(max_length=80, unique=True)),
    ]
