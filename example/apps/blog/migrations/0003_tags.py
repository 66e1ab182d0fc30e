"""Tags on posts.

Purpose: find posts by a word; a plain ManyToManyField is all that is needed so far.

Risks: none, they are new tables.

Rollback: drops both tables with the tags in them.

Backup: none needed.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("blog", "0002_rename_text_to_body")]

    operations = [
        migrations.CreateModel(
            name="Tag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, unique=True)),
            ],
        ),
        migrations.AddField(
            "Post", "tags", models.ManyToManyField(blank=True, related_name="posts", to="blog.tag")
        ),
    ]
