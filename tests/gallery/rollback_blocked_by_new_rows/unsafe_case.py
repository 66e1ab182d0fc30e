"""Let a plain unique column replace uniqueness by `Lower`. The new release can store Bob@ beside bob@; then the old
constraint cannot come back.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-blocked-by-new-rows"}, needs_rows=True)


# models.py
class Account(models.Model):
    email = models.EmailField(max_length=80, unique=True)


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
            options={"constraints": [models.UniqueConstraint(Lower("email"), name="unsafe_case_email")]},
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.RemoveConstraint("account", "unsafe_case_email"),
        migrations.AlterField("account", "email", models.EmailField(max_length=80, unique=True)),
    ]
