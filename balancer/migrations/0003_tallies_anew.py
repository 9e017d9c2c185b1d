"""What was counted with notes among the moves is counted anew from the rows, batch by batch, as soon as somebody surveys."""

from django.db import migrations

FORGET = "DELETE FROM balancer_tally; DELETE FROM balancer_tallymark"


class Migration(migrations.Migration):
    dependencies = [("balancer", "0002_room_in_mebibytes")]

    operations = [migrations.RunSQL(FORGET, migrations.RunSQL.noop)]
