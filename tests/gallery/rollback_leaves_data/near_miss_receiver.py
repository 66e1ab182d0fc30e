"""A receiver of pre_migrate and post_migrate adds a row at every migrate, also at one with nothing to do."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# apps.py
from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


def refresh(sender, apps, using, **kwargs):
    if "job" in apps.all_models[sender.label]:
        jobs = apps.get_model(sender.label, "Job").objects.using(using)
        jobs.create(name="migrated")


class JobsConfig(AppConfig):
    name = "rollback_leaves_data_near_miss_receiver"

    def ready(self):
        pre_migrate.connect(refresh, sender=self)
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
