"""Events and transactions are found by their hash: whose swap a transaction belongs to is a question clients ask."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chains", "0004_provider_health")]

    operations = [
        migrations.AddIndex("chainevent", models.Index(fields=["tx_hash"], name="event_by_transaction")),
        migrations.AddIndex("chaintransaction", models.Index(fields=["hash"], name="transaction_by_hash")),
    ]
