"""The models that every migration of one operation starts from, as the source of a first migration."""

INITIAL = '''"""All that the second migration may change."""

import uuid

import django.utils.timezone
from django.db import migrations, models

KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Author", [("id", KEY), ("name", models.CharField(max_length=40))]),
        migrations.CreateModel("Tag", [("id", KEY), ("word", models.CharField(max_length=20))]),
        migrations.CreateModel("Lone", [("id", KEY), ("word", models.CharField(max_length=20))]),
        migrations.CreateModel("Outside", [("id", KEY)], options={"managed": False}),
        migrations.CreateModel(
            "Note",
            [
                ("id", KEY),
                ("title", models.CharField(max_length=80)),
                ("slug", models.SlugField()),
                ("body", models.TextField()),
                ("rank", models.IntegerField(default=0)),
                ("size", models.IntegerField()),
                ("amount", models.IntegerField(null=True)),
                ("small", models.SmallIntegerField()),
                ("large", models.BigIntegerField()),
                ("price", models.DecimalField(max_digits=8, decimal_places=2)),
                ("ratio", models.FloatField()),
                ("made", models.DateTimeField()),
                ("day", models.DateField()),
                ("flag", models.BooleanField(default=False)),
                ("filled", models.IntegerField(db_default=5)),
                ("code", models.UUIDField(default=uuid.uuid4)),
                ("extra", models.JSONField(null=True)),
                ("author", models.ForeignKey("{app}.author", models.CASCADE)),
                ("editor", models.ForeignKey("{app}.author", models.SET_NULL, null=True, related_name="+")),
                ("tags", models.ManyToManyField("{app}.tag")),
            ],
            options={
                "indexes": [models.Index(fields=["rank"], name="{app}_rank")],
                "constraints": [
                    models.CheckConstraint(condition=~models.Q(title="forbidden"), name="{app}_title"),
                ],
            },
        ),
        migrations.CreateModel("Shown", [], options={"proxy": True}, bases=("{app}.note",)),
        migrations.CreateModel(
            "Comment",
            [
                ("id", KEY),
                ("note", models.ForeignKey("{app}.note", models.CASCADE)),
                ("text", models.TextField()),
            ],
        ),
    ]
'''
TARGET = """\
from django.db import migrations, models
{before}


class Migration(migrations.Migration):
    operations = [{operation}]
"""
