"""Fill a new column in SQL that both engines understand."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    length = models.IntegerField(default=0)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "length", models.IntegerField(default=0)),
        migrations.RunSQL(
            "UPDATE unguarded_vendor_sql_clean_note SET length = 1 + coalesce(length(title), 0)", migrations.RunSQL.noop
        ),
    ]
