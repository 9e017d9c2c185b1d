"""The shapes of requests and answers, for OpenAPI. The bodies themselves are checked in `swaps/validation.py`."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

AMOUNT_HELP = "base units, as a string of digits"
STATUS_HELP = "see the state diagram"

LEG = inline_serializer(
    "Leg",
    {
        "chain": serializers.CharField(),
        "token": serializers.CharField(),
        "amount": serializers.CharField(help_text=AMOUNT_HELP),
        "payee": serializers.CharField(),
        "refundee": serializers.CharField(),
        "lockId": serializers.CharField(allow_null=True),
        "contract": serializers.CharField(),
        "claimFrom": serializers.DateTimeField(allow_null=True),
        "expiresAt": serializers.DateTimeField(allow_null=True),
        "refundableAt": serializers.DateTimeField(allow_null=True),
        "verified": serializers.BooleanField(allow_null=True),
        "terms": serializers.JSONField(),
    },
)
SESSION = inline_serializer(
    "Session",
    {
        "sessionId": serializers.CharField(),
        "status": serializers.CharField(help_text=STATUS_HELP),
        "reason": serializers.CharField(allow_null=True),
        "seq": serializers.IntegerField(),
        "currentPhase": serializers.CharField(),
        "progress": serializers.IntegerField(help_text="0 to 100"),
        "nextAction": serializers.CharField(),
        "steps": serializers.ListField(child=serializers.DictField()),
        "sourceChain": serializers.CharField(),
        "destinationChain": serializers.CharField(),
        "sourceToken": serializers.CharField(),
        "destinationToken": serializers.CharField(),
        "sourceAmount": serializers.CharField(help_text=AMOUNT_HELP),
        "destinationAmount": serializers.CharField(help_text=AMOUNT_HELP),
        "maker": serializers.CharField(),
        "taker": serializers.CharField(),
        "custody": serializers.CharField(),
        "hashFunction": serializers.CharField(),
        "hashlock": serializers.CharField(),
        "legs": serializers.DictField(child=LEG),
        "transactions": serializers.ListField(child=serializers.DictField()),
        "receiptUrl": serializers.CharField(help_text="keep what it answers: with it you need us no more"),
        "rescueUrl": serializers.CharField(),
        "createdAt": serializers.DateTimeField(),
        "updatedAt": serializers.DateTimeField(),
        "expiresAt": serializers.DateTimeField(),
        "warnings": serializers.ListField(child=serializers.DictField()),
        "margins": serializers.DictField(
            required=False,
            help_text="seconds until each gate closes, null where it does not apply; for one session only",
        ),
    },
)
SESSION_PAGE = inline_serializer(
    "SessionPage",
    {
        "sessions": serializers.ListField(child=serializers.DictField()),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
    },
)
CREATE = inline_serializer(
    "CreateSession",
    {
        "sourceChain": serializers.CharField(),
        "destinationChain": serializers.CharField(),
        "sourceToken": serializers.CharField(),
        "destinationToken": serializers.CharField(),
        "sourceAmount": serializers.CharField(help_text=AMOUNT_HELP),
        "destinationAmount": serializers.CharField(help_text=AMOUNT_HELP),
        "maker": serializers.CharField(),
        "taker": serializers.CharField(),
        "slippageTolerance": serializers.IntegerField(required=False, help_text="basis points"),
        "hashlock": serializers.CharField(required=False, help_text="yours, to keep the secret yourself"),
        "quoteId": serializers.CharField(required=False),
        "refundAddress": serializers.CharField(required=False),
    },
)
EXECUTE = inline_serializer(
    "ExecuteSession",
    {
        "sourceLock": serializers.ChoiceField(choices=["self", "order"], required=False),
        "limitOrder": serializers.DictField(required=False),
        "confirmationLevel": serializers.ChoiceField(choices=["fast", "normal", "secure"], required=False),
    },
)
SECRET = inline_serializer("HandOverSecret", {"secret": serializers.CharField(help_text="32 bytes, hex")})
EVENTS = inline_serializer(
    "SessionEvents",
    {"sessionId": serializers.CharField(), "events": serializers.ListField(child=serializers.DictField())},
)
SINCE = [OpenApiParameter("since", OpenApiTypes.INT, description="the last seq you have seen")]
LIST_PARAMETERS = [
    OpenApiParameter("status", OpenApiTypes.STR, description="only sessions with this status"),
    OpenApiParameter("limit", OpenApiTypes.INT, description="up to 200"),
    OpenApiParameter("cursor", OpenApiTypes.STR, description="from next or previous"),
]
