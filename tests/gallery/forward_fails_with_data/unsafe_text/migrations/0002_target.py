"""Let no two notes have one title: what is typed by hand may well be there twice."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forward_fails_with_data_unsafe_text", "0001_initial")]
    operations = [migrations.AlterField("note", "title", models.CharField(max_length=80, unique=True))]
