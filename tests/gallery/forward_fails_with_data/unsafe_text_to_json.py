"""Make a JSON column of a text column. Its name says that it has documents, and typical rows have them; nothing keeps a
row from another text.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Event(models.Model):
    payload = models.JSONField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Event",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("payload", models.TextField()),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("event", "payload", models.JSONField())]
