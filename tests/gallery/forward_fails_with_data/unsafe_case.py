"""Add uniqueness of `Lower` to a unique column: Bob@ and bob@ may both be there. Only edge rows are such: a warning."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"forward-fails-with-data"}, needs_rows=True)


# models.py
from django.db.models.functions import Lower


class Account(models.Model):
    email = models.EmailField(max_length=80, unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="unsafe_case_email")]


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


class Migration(migrations.Migration):
    operations = [
        migrations.AddConstraint("account", models.UniqueConstraint(Lower("email"), name="unsafe_case_email"))
    ]
