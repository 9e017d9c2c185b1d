"""Locks that are not what was agreed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chains', '0003_measured'),
        ('swaps', '0002_pauses'),
    ]

    operations = [
        migrations.CreateModel(
            name='StrayLock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lock_id', models.CharField(max_length=66)),
                ('differences', models.JSONField(help_text='what it is, and what was agreed')),
                ('refund_from', models.BigIntegerField()),
                ('call', models.JSONField(help_text='the refund, ready to send')),
                ('state', models.CharField(choices=[('standing', 'stands until its timelock'), ('settled', 'gone back, or claimed by somebody')], default='standing', max_length=12)),
                ('found_at', models.DateTimeField(auto_now_add=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('chain', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='chains.chain')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='strays', to='swaps.swapsession')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('chain', 'lock_id'), name='stray_once')],
            },
        ),
    ]
