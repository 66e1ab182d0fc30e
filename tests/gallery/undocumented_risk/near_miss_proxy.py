"""Delete a proxy, which has no table: nothing is lost."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel("Draft", [], options={"proxy": True}, bases=("undocumented_risk_near_miss_proxy.note",)),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.DeleteModel("Draft")]
