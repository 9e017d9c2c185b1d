"""The audit trail as a chain: each linked row holds the hash of the one before it. See docs/adr/0007-linked-after-commit.md.

Rows are written unlinked, inside the transaction of what they tell of (`access.services.audit_record`); `linking` puts them
in order a few seconds later, `verifying` walks the chain, `anchors` remembers elsewhere how far it went.
"""
