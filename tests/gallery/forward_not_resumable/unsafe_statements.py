"""Create two tables by one operation without a transaction: the first stays, and cannot be created again."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-not-resumable"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    atomic = False
    operations = [
        migrations.RunSQL(
            ["CREATE TABLE forward_resumed_a (id integer)", "CREATE TABLE forward_resumed_b (id integer)"],
            ["DROP TABLE IF EXISTS forward_resumed_b", "DROP TABLE IF EXISTS forward_resumed_a"],
        )
    ]
