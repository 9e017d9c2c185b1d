"""What a person types to prove himself."""

from django import forms
from unfold.widgets import BASE_INPUT_CLASSES

CLASSES = " ".join(BASE_INPUT_CLASSES)


class CodeForm(forms.Form):
    """Six digits of the authenticator."""

    code = forms.CharField(
        label="Code of your authenticator",
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": True,
                "class": CLASSES,
                "spellcheck": "false",
            }
        ),
    )


class RecoveryForm(forms.Form):
    """One of ten."""

    code = forms.CharField(
        label="Recovery code",
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autofocus": True,
                "class": CLASSES,
                "spellcheck": "false",
                "autocapitalize": "none",
            }
        ),
    )


class ReasonForm(forms.Form):
    """Why, for the audit trail."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "class": CLASSES}),
        help_text="It stands in the audit trail for good.",
    )
