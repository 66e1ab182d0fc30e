"""Overwrite an IP address, packed into a binary column, for good: rows are what the field takes."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, needs_rows=True)


# fields.py
import ipaddress

from django.core.exceptions import ValidationError


class AddressField(models.BinaryField):
    def to_python(self, value):
        try:
            return value if value is None else ipaddress.ip_address(value)
        except ValueError:
            raise ValidationError(f"Invalid IP address format: {value}") from None

    def from_db_value(self, value, expression, connection):
        return value if value is None else self.to_python(bytes(value))

    def get_db_prep_value(self, value, connection, prepared=False):
        return super().get_db_prep_value(value and self.to_python(value).packed, connection, prepared)


# models.py
from rollback_loses_data_unsafe_packed_address.fields import AddressField


class Host(models.Model):
    first = AddressField()


# migrations/0001_initial.py
from rollback_loses_data_unsafe_packed_address.fields import AddressField


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Host",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", AddressField()),
            ],
        )
    ]


# migrations/0002_target.py
def overwrite(apps, schema_editor):
    apps.get_model("rollback_loses_data_unsafe_packed_address", "Host").objects.update(first="192.0.2.99")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(overwrite, migrations.RunPython.noop)]
