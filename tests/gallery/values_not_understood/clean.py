"""Turn pickles, stored as base64, to JSON and back, but for what is no JSON. A scenario gives the column values as the
application stores them.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


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
    for row in apps.get_model("values_not_understood_clean", "Preference").objects.all():
        row.value = json.dumps(pickle.loads(base64.b64decode(row.value)))
        row.save()


def to_pickle(apps, schema_editor):
    for row in apps.get_model("values_not_understood_clean", "Preference").objects.all():
        if row.value.startswith("{"):
            row.value = base64.b64encode(pickle.dumps(json.loads(row.value))).decode()
            row.save()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(to_json, to_pickle)]


# scenarios.py
import base64
import json
import pickle

from django_switchback.scenarios import value_for


@value_for("values_not_understood_clean.Preference", "value")
def stored_value(number):
    return base64.b64encode(pickle.dumps({"number": number})).decode()
