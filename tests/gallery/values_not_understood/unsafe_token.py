"""Read the user's number from signed tokens. Nobody can sign a value for a column but the application."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected(
    "skipped",
    warnings={"values-not-understood"},
    reason="it cannot read the values made for values_not_understood_unsafe_token_ticket.token: values-not-understood",
)


# models.py
class Ticket(models.Model):
    token = models.CharField(max_length=120)
    number = models.PositiveIntegerField(default=0)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Ticket",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=120)),
                ("number", models.PositiveIntegerField(default=0)),
            ],
        )
    ]


# migrations/0002_target.py
from django.core import signing


def read(apps, schema_editor):
    tickets = apps.get_model("values_not_understood_unsafe_token", "Ticket").objects
    for pk, token in tickets.values_list("pk", "token"):
        tickets.filter(pk=pk).update(number=signing.loads(token)["number"])


class Migration(migrations.Migration):
    operations = [migrations.RunPython(read, migrations.RunPython.noop)]
