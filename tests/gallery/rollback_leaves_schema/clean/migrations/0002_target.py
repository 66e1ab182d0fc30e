"""Add an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rollback_leaves_schema_clean", "0001_initial")]
    operations = [
        migrations.AddIndex("note", models.Index(fields=["title"], name="gallery_leaves_title")),
    ]
