"""Turn pickles, stored as base64, to JSON and back. No text that can be made for such a column is a pickle of this
application: nothing is said of the migration, and it does not pass. From head, text that is no JSON makes the reverse
raise, a warning.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected(
    "skipped",
    warnings={"values-not-understood", "rollback-fails-with-data"},
    reason="it cannot read the values made for values_not_understood_unsafe_pickle_preference.value: "
    "values-not-understood",
)
SAFE_TWIN = "clean"


# models.py
class Preference(models.Model):
    value = models.TextField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Preference",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.TextField()),
            ],
        )
    ]


# migrations/0002_target.py
import base64
import json
import pickle


def to_json(apps, schema_editor):
    for row in apps.get_model("values_not_understood_unsafe_pickle", "Preference").objects.all():
        row.value = json.dumps(pickle.loads(base64.b64decode(row.value)))
        row.save()


def to_pickle(apps, schema_editor):
    for row in apps.get_model("values_not_understood_unsafe_pickle", "Preference").objects.all():
        row.value = base64.b64encode(pickle.dumps(json.loads(row.value))).decode()
        row.save()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(to_json, to_pickle)]
