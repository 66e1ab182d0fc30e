"""Copy an IP address, packed into a binary column, to a column that the reverse removes."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


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
from rollback_loses_data_clean_packed_address.fields import AddressField


class Host(models.Model):
    first = AddressField()
    second = AddressField(null=True)


# migrations/0001_initial.py
from rollback_loses_data_clean_packed_address.fields import AddressField


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
from rollback_loses_data_clean_packed_address.fields import AddressField


def copy(apps, schema_editor):
    for host in apps.get_model("rollback_loses_data_clean_packed_address", "Host").objects.all():
        host.second = host.first
        host.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("host", "second", AddressField(null=True)),
        migrations.RunPython(copy, migrations.RunPython.noop),
    ]
