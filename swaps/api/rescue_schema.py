"""The shapes of receipts and of rescue calls, for OpenAPI."""

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from swaps.api.schema import AMOUNT_HELP

SIGNATURE = inline_serializer(
    "ReceiptSignature",
    {
        "algorithm": serializers.ChoiceField(choices=["Ed25519"]),
        "keyId": serializers.CharField(),
        "publicKey": serializers.CharField(help_text="32 bytes, hex"),
        "value": serializers.CharField(help_text="64 bytes, hex, over the canonical JSON of all other members"),
    },
)
RECEIPT_LEG = inline_serializer(
    "ReceiptLeg",
    {
        "chain": serializers.CharField(),
        "family": serializers.ChoiceField(choices=["evm", "near"]),
        "networkId": serializers.CharField(),
        "contracts": serializers.DictField(help_text="factory, escrowImplementation, resolver, …; or htlc"),
        "token": serializers.CharField(),
        "native": serializers.BooleanField(),
        "amount": serializers.CharField(help_text=AMOUNT_HELP),
        "safetyDeposit": serializers.CharField(help_text=AMOUNT_HELP),
        "payee": serializers.CharField(),
        "refundee": serializers.CharField(),
        "publicClaim": serializers.BooleanField(help_text="whether the contract lets anyone claim for the payee"),
        "publicRefund": serializers.BooleanField(help_text="whether the contract lets anyone refund the refundee"),
        "finality": serializers.JSONField(help_text="what counts as final: a block tag, or confirmations"),
        "stages": serializers.DictField(help_text="EVM: seconds after the escrow's creation"),
        "terms": serializers.DictField(help_text="what the escrow's address or the lock's id is derived from"),
        "lock": serializers.DictField(allow_null=True, help_text="which lock it is and its times, once seen"),
    },
)
RECEIPT = inline_serializer(
    "Receipt",
    {
        "type": serializers.CharField(),
        "version": serializers.IntegerField(),
        "sessionId": serializers.CharField(),
        "issuedAt": serializers.DateTimeField(),
        "createdAt": serializers.DateTimeField(),
        "createdAtSeconds": serializers.IntegerField(),
        "expiresAt": serializers.DateTimeField(),
        "status": serializers.CharField(),
        "route": serializers.DictField(),
        "custody": serializers.CharField(),
        "hashFunction": serializers.CharField(),
        "hashlock": serializers.CharField(),
        "plan": serializers.DictField(child=serializers.IntegerField(), help_text="offsets in seconds after each lock"),
        "margins": serializers.DictField(help_text="seconds that must be left for a safe reveal, and after it"),
        "legs": serializers.DictField(child=RECEIPT_LEG),
        "signature": SIGNATURE,
    },
)
OPTION = inline_serializer(
    "RescueOption",
    {
        "available": serializers.BooleanField(),
        "reason": serializers.CharField(allow_null=True, help_text="why not now"),
        "from": serializers.DateTimeField(allow_null=True),
        "fromSeconds": serializers.IntegerField(allow_null=True, help_text="unix seconds of the chain"),
        "until": serializers.DateTimeField(allow_null=True),
        "untilSeconds": serializers.IntegerField(allow_null=True),
        "secondsToWait": serializers.IntegerField(allow_null=True),
        "who": serializers.CharField(allow_null=True),
        "pays": serializers.CharField(help_text="who receives the amount, whoever calls"),
        "call": serializers.DictField(
            allow_null=True, help_text="EVM: chainId, to, data, value; NEAR: receiverId, actions"
        ),
        "secret": serializers.DictField(required=False, help_text="claims: where in the call the secret stands"),
    },
)
RESCUE_LEG = inline_serializer(
    "RescueLeg",
    {
        "chain": serializers.CharField(),
        "family": serializers.ChoiceField(choices=["evm", "near"]),
        "state": serializers.ChoiceField(choices=["absent", "seen", "locked", "claimed", "refunded"]),
        "lockId": serializers.CharField(allow_null=True),
        "contract": serializers.CharField(),
        "token": serializers.CharField(),
        "amount": serializers.CharField(help_text=AMOUNT_HELP),
        "chainTime": serializers.DateTimeField(allow_null=True),
        "publicClaim": serializers.BooleanField(),
        "publicRefund": serializers.BooleanField(),
        "claim": OPTION,
        "refund": OPTION,
        "pay": serializers.DictField(allow_null=True, help_text="NEAR: another try of a payment that failed"),
    },
)
RESCUE = inline_serializer(
    "Rescue",
    {
        "sessionId": serializers.CharField(),
        "status": serializers.CharField(),
        "secretIsPublic": serializers.BooleanField(),
        "receipt": serializers.CharField(),
        "legs": serializers.DictField(child=RESCUE_LEG),
    },
)
KEYS = inline_serializer(
    "ReceiptKeys",
    {"type": serializers.CharField(), "keys": serializers.ListField(child=serializers.DictField())},
)
