from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0005_leaves_badges")]
    operations = [migrations.AlterField("customer", "name", models.CharField(max_length=200))]
