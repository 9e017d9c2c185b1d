from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_endpoints_messages_deliveries")]

    operations = [
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("feed", models.CharField(help_text="the app's name for it", max_length=40)),
                ("owner", models.CharField(max_length=80)),
                ("position", models.PositiveBigIntegerField()),
            ],
            options={
                "constraints": (models.UniqueConstraint(fields=("feed", "owner"), name="webhook_one_reading"),),
            },
        ),
    ]
