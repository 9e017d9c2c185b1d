import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200)),
                ('body', models.TextField()),
                ('severity', models.CharField(max_length=8)),
                ('alerts', models.PositiveIntegerField(default=0, help_text='how many alerts it tells of')),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='Process',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=16)),
                ('name', models.CharField(blank=True, max_length=32)),
                ('host', models.CharField(max_length=64)),
                ('pid', models.PositiveIntegerField()),
                ('version', models.CharField(max_length=32)),
                ('started_at', models.DateTimeField()),
                ('heartbeat_at', models.DateTimeField(db_index=True)),
                ('stuck', models.CharField(blank=True, help_text='what of it stands still while its heart beats', max_length=120)),
                ('rss_bytes', models.BigIntegerField(default=0)),
                ('cpu_seconds', models.FloatField(default=0)),
                ('threads', models.PositiveIntegerField(default=0)),
                ('open_files', models.PositiveIntegerField(default=0)),
                ('api_p95_ms', models.FloatField(help_text='of the requests of the last minute; null without any', null=True)),
                ('disk_free_bps', models.PositiveIntegerField(default=10000, help_text='of the disk that it works on')),
                ('memory_free_bps', models.PositiveIntegerField(default=10000, help_text='of its machine, or of its container')),
            ],
            options={
                'verbose_name_plural': 'processes',
            },
        ),
        migrations.CreateModel(
            name='TallyMark',
            fields=[
                ('metric', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('last_id', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Turn',
            fields=[
                ('name', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('taken_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(help_text='when a turn last came to its end', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('key', models.CharField(help_text='rule, or rule:subject', max_length=200, primary_key=True, serialize=False)),
                ('rule', models.CharField(max_length=40)),
                ('beyond_since', models.DateTimeField()),
                ('calm_since', models.DateTimeField(null=True)),
                ('raised', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric', models.CharField(max_length=32)),
                ('labels', models.CharField(help_text='values, separated by tabs', max_length=120)),
                ('bucket', models.FloatField()),
                ('count', models.BigIntegerField(default=0)),
                ('seconds', models.FloatField(default=0, help_text='sum of those in this bucket')),
            ],
            options={
                'verbose_name_plural': 'tallies',
                'constraints': [models.UniqueConstraint(fields=('metric', 'labels', 'bucket'), name='tally_once_for_each_bucket')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('target', models.CharField(help_text='fingerprint of the address', max_length=16)),
                ('label', models.CharField(max_length=200)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('due_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('given_up_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, max_length=200)),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='balancer.notice')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
                'indexes': [models.Index(condition=models.Q(('given_up_at', None), ('sent_at', None)), fields=['due_at'], name='delivery_waiting')],
                'constraints': [models.UniqueConstraint(fields=('notice', 'target'), name='delivery_once_for_each_target')],
            },
        ),
    ]
