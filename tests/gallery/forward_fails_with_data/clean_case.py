"""Add uniqueness of `Lower` to a unique column, once addresses that differ in case alone have got another one. The
reverse restores them.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
from django.db.models.functions import Lower


class Account(models.Model):
    email = models.EmailField(max_length=80, unique=True)
    first = models.EmailField(max_length=80, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="clean_case_email")]


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
from django.db.models.functions import Lower


def rename(apps, schema_editor):
    seen = set()
    for account in apps.get_model("forward_fails_with_data_clean_case", "Account").objects.order_by("pk"):
        if account.email.lower() in seen:
            account.first, account.email = account.email, f"{account.pk}@duplicate.example"
            account.save()
        seen.add(account.email.lower())


def restore(apps, schema_editor):
    for account in apps.get_model("forward_fails_with_data_clean_case", "Account").objects.filter(
        email__endswith="@duplicate.example"
    ):
        account.email = account.first
        account.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("account", "first", models.EmailField(max_length=80, null=True)),
        migrations.RunPython(rename, restore),
        migrations.AddConstraint("account", models.UniqueConstraint(Lower("email"), name="clean_case_email")),
    ]
