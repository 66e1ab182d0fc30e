"""Insert a row, with a reverse that does nothing, into a table to which a receiver of post_migrate adds rows at every
migrate.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-leaves-data"})


# apps.py
from django.apps import AppConfig
from django.db.models.signals import post_migrate


def refresh(sender, apps, using, **kwargs):
    if "job" in apps.all_models[sender.label]:
        jobs = apps.get_model(sender.label, "Job").objects.using(using)
        jobs.create(name="migrated")


class JobsConfig(AppConfig):
    name = "rollback_leaves_data_unsafe_beside_receiver"

    def ready(self):
        post_migrate.connect(refresh, sender=self)


# models.py
class Job(models.Model):
    name = models.CharField(max_length=80)
    installed = models.BooleanField(default=True)
    updated = models.DateTimeField(null=True)
    note = models.CharField(max_length=80, default="")
    size = models.IntegerField(default=0)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Job",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("installed", models.BooleanField(default=True)),
                ("updated", models.DateTimeField(null=True)),
                ("note", models.CharField(max_length=80, default="")),
            ],
        )
    ]


# migrations/0002_target.py
def forwards(apps, editor):
    jobs = apps.get_model("rollback_leaves_data_unsafe_beside_receiver", "Job").objects
    jobs.create(name="inserted")


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("job", "size", models.IntegerField(default=0)),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
