"""Lower the addresses of a unique column, but for those that differ in case alone. The reverse restores them."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


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
from collections import Counter

from django.db.models import F
from django.db.models.functions import Lower


def lower(apps, schema_editor):
    accounts = apps.get_model("forward_fails_with_data_clean_case_data", "Account").objects
    accounts.update(typed=F("email"))
    spellings = Counter(email.lower() for email in accounts.values_list("email", flat=True))
    alone = [email for email, number in spellings.items() if number == 1]
    accounts.annotate(lower=Lower("email")).filter(lower__in=alone).update(email=Lower("email"))


def restore(apps, schema_editor):
    accounts = apps.get_model("forward_fails_with_data_clean_case_data", "Account").objects
    accounts.filter(email=Lower("typed")).update(email=F("typed"))


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("account", "typed", models.CharField(max_length=80, default="")),
        migrations.RunPython(lower, restore),
    ]
