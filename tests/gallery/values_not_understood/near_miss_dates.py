"""Read dates such as 05.03.2024 from a text, by a format that the code names. Rows have texts in this form; others, as
edge rows have, are a warning.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"forward-fails-with-data", "reapply-fails"})


# models.py
class Person(models.Model):
    birth = models.CharField(max_length=10)
    born = models.DateField(null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Person",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("birth", models.CharField(max_length=10)),
            ],
        )
    ]


# migrations/0002_target.py
from datetime import datetime

FORMAT = "%d.%m.%Y"


def read(apps, schema_editor):
    for person in apps.get_model("values_not_understood_near_miss_dates", "Person").objects.all():
        person.born = datetime.strptime(person.birth, FORMAT)
        person.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("person", "born", models.DateField(null=True)),
        migrations.RunPython(read, migrations.RunPython.noop),
    ]
