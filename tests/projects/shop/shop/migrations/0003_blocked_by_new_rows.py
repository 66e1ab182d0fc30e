from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_loses_values")]
    operations = [
        migrations.AlterField(
            "order", "total", models.DecimalField(max_digits=8, decimal_places=2, null=True)
        ),
    ]
