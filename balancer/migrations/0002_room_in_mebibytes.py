from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("balancer", "0001_what_the_service_knows_of_itself")]

    operations = [
        migrations.RenameField("process", "disk_free_bps", "disk_free_mib"),
        migrations.RenameField("process", "memory_free_bps", "memory_free_mib"),
        migrations.AlterField(
            "process",
            "disk_free_mib",
            models.PositiveIntegerField(default=0, help_text="of the disk that it works on"),
        ),
        migrations.AlterField(
            "process",
            "memory_free_mib",
            models.PositiveIntegerField(default=0, help_text="of its machine, or of its container"),
        ),
    ]
