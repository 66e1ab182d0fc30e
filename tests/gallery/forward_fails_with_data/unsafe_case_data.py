"""Lower the addresses of a unique column: Bob@ and bob@ may both be there. Only edge rows are such: a warning. What was
lowered is kept, for the reverse.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Account(models.Model):
    email = models.EmailField(max_length=80, unique=True)
    typed = models.CharField(max_length=80, default="")


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Account",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=80, unique=True)),
            ],
        )
    ]


# migrations/0002_target.py
from django.db.models import F
from django.db.models.functions import Lower


def lower(apps, schema_editor):
    accounts = apps.get_model("forward_fails_with_data_unsafe_case_data", "Account").objects
    accounts.update(typed=F("email"))
    accounts.update(email=Lower("email"))


def restore(apps, schema_editor):
    accounts = apps.get_model("forward_fails_with_data_unsafe_case_data", "Account").objects
    accounts.filter(email=Lower("typed")).update(email=F("typed"))


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("account", "typed", models.CharField(max_length=80, default="")),
        migrations.RunPython(lower, restore),
    ]
