"""Make a content type by hand, which Django keeps when its model is gone."""

from django.db import migrations, models


def register(apps, schema_editor):
    apps.get_model("contenttypes", "ContentType").objects.create(
        app_label="reapply_fails_unsafe_content_type", model="draft"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("reapply_fails_unsafe_content_type", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.CreateModel(
            "Draft",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunPython(register, migrations.RunPython.noop),
    ]
