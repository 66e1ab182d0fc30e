"""Make a generated number the primary key of countries instead of their code, and point the cities at it. The reverse
makes the code the key again, but puts every city into the first country.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("failed", errors={"reapply-differs", "rollback-loses-data"}, needs_rows=True),
    "postgresql": Expected("failed", errors={"reapply-differs", "rollback-loses-data"}, needs_rows=True),
}


# models.py
class Country(models.Model):
    code = models.CharField(max_length=8, unique=True)
    name = models.CharField(max_length=60)


class City(models.Model):
    name = models.CharField(max_length=60)
    country = models.ForeignKey(Country, models.CASCADE, null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Country",
            [
                ("code", models.CharField(max_length=8, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
            ],
        ),
        migrations.CreateModel(
            "City",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                (
                    "country",
                    models.ForeignKey("rollback_loses_data_unsafe_key_swapped.Country", models.CASCADE, null=True),
                ),
            ],
        ),
    ]


# migrations/0002_target.py
"""Keep the rows.

switchback: acknowledge forward-not-resumable: an interrupted one is repaired by hand
switchback: acknowledge rollback-not-atomic: an interrupted one is repaired by hand
"""


def copy(apps, to, of):
    for city in apps.get_model("rollback_loses_data_unsafe_key_swapped", "City").objects.all():
        setattr(city, to, getattr(city, of))
        city.save()


def remember(apps, schema_editor):
    copy(apps, to="country_code", of="country_id")


def forget(apps, schema_editor):
    copy(apps, to="country_id", of="country_code")


def point(apps, schema_editor):
    countries = apps.get_model("rollback_loses_data_unsafe_key_swapped", "Country").objects
    numbers = dict(countries.values_list("code", "id"))
    for city in apps.get_model("rollback_loses_data_unsafe_key_swapped", "City").objects.all():
        city.country_id = numbers.get(city.country_code)
        city.save()


def point_back(apps, schema_editor):
    countries = apps.get_model("rollback_loses_data_unsafe_key_swapped", "Country").objects
    codes = dict(countries.values_list("id", "code"))
    for city in apps.get_model("rollback_loses_data_unsafe_key_swapped", "City").objects.all():
        city.country_code = city.country_id and codes[min(codes)]
        city.save()


class Migration(migrations.Migration):
    atomic = False
    operations = [
        migrations.AddField("city", "country_code", models.CharField(max_length=8, null=True)),
        migrations.RunPython(remember, forget),
        migrations.RemoveField("city", "country"),
        migrations.AlterField("country", "code", models.CharField(max_length=8, unique=True)),
        migrations.AddField(
            "country",
            "id",
            models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            preserve_default=False,
        ),
        migrations.AddField(
            "city",
            "country",
            models.ForeignKey("rollback_loses_data_unsafe_key_swapped.Country", models.CASCADE, null=True),
        ),
        migrations.RunPython(point, point_back),
        migrations.RemoveField("city", "country_code"),
    ]
