"""Replace a unique index over `lower(email)`, which only SQL knows, by a plain unique column. Going back, the index
cannot be created beside Bob@ and bob@.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-blocked-by-new-rows"}, needs_rows=True)


# models.py
class Account(models.Model):
    email = models.EmailField(max_length=80, unique=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Account",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=80)),
            ],
        ),
        migrations.RunSQL(
            "CREATE UNIQUE INDEX unsafe_case_sql"
            " ON rollback_blocked_by_new_rows_unsafe_case_sql_account (lower(email))",
            "DROP INDEX unsafe_case_sql",
        ),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "DROP INDEX unsafe_case_sql",
            "CREATE UNIQUE INDEX unsafe_case_sql"
            " ON rollback_blocked_by_new_rows_unsafe_case_sql_account (lower(email))",
        ),
        migrations.AlterField("account", "email", models.EmailField(max_length=80, unique=True)),
    ]
