"""Raise in a robust function registered with on_commit: Django only logs it."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
from django.db import transaction


def forwards(apps, editor):
    notes = apps.get_model("forward_fails_with_data_near_miss_on_commit", "Note").objects
    notes.create(title="welcome")

    def announce():
        raise RuntimeError("the queue cannot be reached")

    transaction.on_commit(announce, robust=True)


def backwards(apps, editor):
    apps.get_model("forward_fails_with_data_near_miss_on_commit", "Note").objects.order_by("-pk").filter(
        title="welcome"
    )[0].delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(forwards, backwards)]
