from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0003_blocked_by_new_rows")]
    operations = [migrations.AlterField("order", "note", models.TextField())]
