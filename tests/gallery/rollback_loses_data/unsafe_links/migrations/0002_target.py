"""Make a many-to-many table anew with a model of its own: the links are gone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rollback_loses_data_unsafe_links", "0001_initial")]
    operations = [
        migrations.RemoveField("note", "tags"),
        migrations.CreateModel(
            "Tagging",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "note",
                    models.ForeignKey(on_delete=models.CASCADE, to="rollback_loses_data_unsafe_links.note"),
                ),
                (
                    "tag",
                    models.ForeignKey(on_delete=models.CASCADE, to="rollback_loses_data_unsafe_links.tag"),
                ),
            ],
        ),
        migrations.AddField(
            "note",
            "tags",
            models.ManyToManyField(
                through="rollback_loses_data_unsafe_links.Tagging", to="rollback_loses_data_unsafe_links.tag"
            ),
        ),
    ]
