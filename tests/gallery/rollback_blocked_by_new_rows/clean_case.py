"""Add a plain unique column and keep the uniqueness by `Lower` under another name. Bob@ is still refused beside
bob@.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
from django.db.models.functions import Lower


class Account(models.Model):
    email = models.EmailField(max_length=80, unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="clean_case_address")]


# migrations/0001_initial.py
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Account",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=80)),
            ],
            options={"constraints": [models.UniqueConstraint(Lower("email"), name="clean_case_email")]},
        )
    ]


# migrations/0002_target.py
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    operations = [
        migrations.RemoveConstraint("account", "clean_case_email"),
        migrations.AlterField("account", "email", models.EmailField(max_length=80, unique=True)),
        migrations.AddConstraint("account", models.UniqueConstraint(Lower("email"), name="clean_case_address")),
    ]
