"""Form fields in the units that people think in."""

from decimal import Decimal
from functools import partial
from typing import Any

from django import forms

from look.base import Textarea, TextInput
from look.values import decimal_text

_EXACT = 28  # digits with which Python's decimals are multiplied without a loss


class ScaledField(forms.DecimalField):
    """Typed and shown in a unit of 10**`decimals`, kept as a whole number of the smallest unit (int)."""

    widget = TextInput

    def __init__(self, decimals: int, **kwargs: Any) -> None:
        self.decimals = decimals
        super().__init__(min_value=Decimal(0), max_digits=_EXACT, decimal_places=decimals, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return decimal_text(value, self.decimals) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        return None if amount is None else int(amount.scaleb(self.decimals))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


# Both are kept in wei.
GweiField = partial(ScaledField, 9)
CoinField = partial(ScaledField, 18)


class ReasonForm(forms.Form):
    """Why somebody does something; it goes into the history for good."""

    reason = forms.CharField(
        max_length=300, widget=Textarea(attrs={"rows": 2, "autofocus": True}), help_text="Kept in the history, with your name."
    )
