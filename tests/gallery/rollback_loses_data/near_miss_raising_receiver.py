"""A receiver of post_migrate writes a time at every migrate, and then raises for some rows: what it wrote before it
raised is not the migration's doing either.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")
ALONE = True


# apps.py
from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils import timezone


def refresh(sender, apps, using, **kwargs):
    if "job" in apps.all_models[sender.label]:
        jobs = apps.get_model(sender.label, "Job").objects.using(using)
        jobs.update(updated=timezone.now())
        if jobs.filter(installed=False).exists():
            raise ValueError("a job is not installed")


class JobsConfig(AppConfig):
    name = "rollback_loses_data_near_miss_raising_receiver"

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
class Migration(migrations.Migration):
    operations = [migrations.AddField("job", "size", models.IntegerField(default=0))]
