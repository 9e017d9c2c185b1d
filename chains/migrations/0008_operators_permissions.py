"""What operators may do with chains, actions and transactions, each by a permission of its own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("chains", "0007_console_indexes")]

    operations = [
        migrations.AlterModelOptions(
            name="chain",
            options={
                "permissions": [
                    ("rescan_chain", "May have blocks of a chain read again"),
                    ("resume_chain", "May set a halted chain back, and lift its halt"),
                ]
            },
        ),
        migrations.AlterModelOptions(
            name="intent",
            options={
                "permissions": [
                    ("retry_intent", "May have an action tried again at once"),
                    ("cancel_intent", "May have an action made impossible that is no longer wanted"),
                ]
            },
        ),
        migrations.AlterModelOptions(
            name="chaintransaction",
            options={
                "permissions": [
                    ("replace_transaction", "May have a stuck transaction replaced at a higher price"),
                    ("reobserve_transaction", "May have a transaction looked for again"),
                ]
            },
        ),
    ]
