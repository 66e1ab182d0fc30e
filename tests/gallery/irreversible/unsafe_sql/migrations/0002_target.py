"""Tidy titles in SQL, with no way back."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("irreversible_unsafe_sql", "0001_initial")]
    operations = [
        migrations.RunSQL("UPDATE irreversible_unsafe_sql_note SET title = 'Draft' WHERE title = 'draft'"),
    ]
