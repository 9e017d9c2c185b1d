"""Every ledger entry names its cause, which must be final; entries are added, never changed or deleted."""

import django.db.models.deletion
from django.db import migrations, models

BACKFILL = """
UPDATE swaps_ledgerentry entry
SET transaction_id = sent.id, height = COALESCE(sent.block_height, 0),
    credit = CASE chain.family WHEN 'evm' THEN 'gas' ELSE entry.credit END
FROM chains_chaintransaction sent JOIN chains_chain chain ON chain.name = sent.chain_id
WHERE entry.kind = 'fee' AND sent.chain_id = entry.chain_id AND sent.hash = entry.evidence;
UPDATE swaps_ledgerentry entry
SET event_id = cause.id, height = cause.block_height
FROM (
    SELECT DISTINCT ON (chain_id, lock_id, kind) id, chain_id, lock_id, kind, block_height FROM chains_chainevent
    WHERE orphaned_at IS NULL ORDER BY chain_id, lock_id, kind, block_height, index
) cause
WHERE entry.kind <> 'fee' AND cause.chain_id = entry.chain_id AND cause.lock_id = split_part(entry.evidence, ':', 2)
    AND cause.kind = CASE entry.kind WHEN 'locked' THEN 'lock_created' ELSE 'lock_' || entry.kind END;
"""
GUARD = """
CREATE FUNCTION swaps_ledgerentry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger entries are added, never changed or deleted';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON swaps_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION swaps_ledgerentry_append_only();
CREATE FUNCTION swaps_ledgerentry_final_cause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.event_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM chains_chainevent event JOIN chains_chain chain ON chain.name = event.chain_id
        WHERE event.id = NEW.event_id AND event.chain_id = NEW.chain_id AND event.orphaned_at IS NULL
            AND event.block_height <= chain.final_height
    ) THEN
        RAISE EXCEPTION 'a ledger entry needs an event that is final: % % has none', NEW.kind, NEW.evidence;
    END IF;
    IF NEW.transaction_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM chains_chaintransaction sent
        WHERE sent.id = NEW.transaction_id AND sent.chain_id = NEW.chain_id AND sent.state IN ('succeeded', 'failed')
    ) THEN
        RAISE EXCEPTION 'a ledger entry needs a transaction that is final: % is not', NEW.evidence;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER final_cause BEFORE INSERT ON swaps_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION swaps_ledgerentry_final_cause();
"""
NO_GUARD = """
DROP TRIGGER final_cause ON swaps_ledgerentry;
DROP FUNCTION swaps_ledgerentry_final_cause();
DROP TRIGGER append_only ON swaps_ledgerentry;
DROP FUNCTION swaps_ledgerentry_append_only();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('chains', '0004_provider_health'),
        ('swaps', '0003_strays'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='ledgerentry',
            name='ledger_once_per_evidence',
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='event',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='chains.chainevent'),
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='height',
            field=models.BigIntegerField(default=0, help_text='the block by which it had happened'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='note',
            field=models.CharField(blank=True, help_text="an operator's reason", max_length=200),
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='transaction',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='chains.chaintransaction'),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='credit',
            field=models.CharField(choices=[('inventory', 'ours: the Resolver, or our NEAR account'), ('gas', 'ours: the keys that pay for EVM transactions'), ('storage', 'ours: storage deposit with the HTLC (NEP-145)'), ('source_escrow', 'Source Escrow'), ('destination_escrow', 'Destination Escrow'), ('source_deposit', 'safety deposit in a source escrow'), ('destination_deposit', 'safety deposit in a destination escrow'), ('maker', 'Maker'), ('taker', 'Taker'), ('stranger', "somebody who made or settled a lock in our or the maker's place"), ('network', 'fees'), ('outside', 'beyond these books')], max_length=24),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='debit',
            field=models.CharField(choices=[('inventory', 'ours: the Resolver, or our NEAR account'), ('gas', 'ours: the keys that pay for EVM transactions'), ('storage', 'ours: storage deposit with the HTLC (NEP-145)'), ('source_escrow', 'Source Escrow'), ('destination_escrow', 'Destination Escrow'), ('source_deposit', 'safety deposit in a source escrow'), ('destination_deposit', 'safety deposit in a destination escrow'), ('maker', 'Maker'), ('taker', 'Taker'), ('stranger', "somebody who made or settled a lock in our or the maker's place"), ('network', 'fees'), ('outside', 'beyond these books')], max_length=24),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='evidence',
            field=models.CharField(help_text='the lock, transaction or reference that proves it', max_length=200),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='kind',
            field=models.CharField(choices=[('locked', 'Locked'), ('claimed', 'Claimed'), ('refunded', 'Refunded'), ('rescued', 'taken out of an escrow after its rescue delay'), ('deposited', 'safety deposit put into an escrow'), ('deposit_returned', 'safety deposit, paid to whoever settled the escrow'), ('fee', 'what the network took for a transaction'), ('attached', 'kept by a contract beside the fee'), ('funded', 'sent along from a key to the Resolver'), ('opening', 'what was there when the books were opened'), ('transfer', 'brought or taken away by the operator')], max_length=16),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='session',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ledger', to='swaps.swapsession'),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='ledgerentry',
            index=models.Index(fields=['chain', 'token', 'height'], name='ledger_by_token_and_height'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.UniqueConstraint(fields=('chain', 'kind', 'token', 'evidence'), name='ledger_once_per_evidence'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='ledger_amount_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('event', None), ('kind__in', ['opening', 'transfer']), ('transaction', None)), models.Q(models.Q(('kind__in', ['opening', 'transfer']), _negated=True), models.Q(models.Q(('event__isnull', False), ('transaction', None)), models.Q(('event', None), ('transaction__isnull', False)), _connector='OR')), _connector='OR'), name='ledger_one_cause'),
        ),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
