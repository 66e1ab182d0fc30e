"""Insert a row unless there is one, in SQL, and delete it by name in the reverse, whoever inserted it."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"rollback-loses-data"})


# models.py
class Label(models.Model):
    name = models.CharField(max_length=40, unique=True)
    color = models.CharField(max_length=20, default="grey")


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Label",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
                ("color", models.CharField(max_length=20, default="grey")),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "INSERT INTO rollback_loses_data_unsafe_already_there_sql_label (name, color) VALUES ('general', 'red')"
            " ON CONFLICT DO NOTHING",
            "DELETE FROM rollback_loses_data_unsafe_already_there_sql_label WHERE name = 'general'",
        )
    ]
