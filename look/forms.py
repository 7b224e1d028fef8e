"""Form fields in the units that people think in."""

from decimal import Decimal
from typing import Any

from django import forms

from look.base import Textarea, TextInput

GWEI = 10**9  # wei


class GweiField(forms.DecimalField):
    """Typed and shown in gwei, kept in wei (int)."""

    widget = TextInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=Decimal(0), max_digits=30, decimal_places=9, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{Decimal(value) / GWEI:f}" if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        return None if amount is None else int(amount * GWEI)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class ReasonForm(forms.Form):
    """Why somebody does something; it goes into the history for good."""

    reason = forms.CharField(
        max_length=300, widget=Textarea(attrs={"rows": 2, "autofocus": True}), help_text="Kept in the history, with your name."
    )
