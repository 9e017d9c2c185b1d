"""Webhooks by the Standard Webhooks specification: events pushed to https endpoints of a key's owner.

The engine knows no app above it. An app adds its event types (`events.types_add`) and hands events over
(`services.publishing.events_publish`): owner, type, subject, seq, payload. Everything else happens here, on rows: who
wants an event, when it is sent, to which address, how often, and when it is given up.
"""
