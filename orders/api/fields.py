"""Fields that take exactly what they say: no `true` for 1, no 1.0, no 1e3, no name that nobody knows."""

import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chain.calls import address
from chain.errors import ChainError
from chain.fields import UINT256_MAX

_UINT = re.compile(r"0|[1-9][0-9]{0,77}")
_SAFE_INTEGER = 2**53  # larger JSON numbers lose digits in readers that have doubles only


class Strict(serializers.Serializer[Any]):
    """Refuses fields it does not know: a misspelt `external_id` must not be dropped in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError(
                {name: serializers.ErrorDetail("There is no such field.", "unknown") for name in unknown}
            )
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "pattern": "^(0|[1-9][0-9]{0,77})$", "example": "1000000000000000000"})
class UintField(serializers.Field[int, Any, str, Any]):
    """An unsigned 256-bit integer (base units, wei, token ids): decimal text in JSON, `int` here.

    A JSON integer up to 2**53 is taken too.
    """

    default_error_messages = {
        "invalid": 'A whole number as decimal text, such as "1000": no sign, no point, no exponent, no leading zero.',
        "range": "The number must be from {lowest} to 2^256 - 1.",
    }

    def __init__(self, *, lowest: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lowest = lowest

    def to_internal_value(self, data: Any) -> int:
        number = self._number(data)
        if not self.lowest <= number <= UINT256_MAX:
            self.fail("range", lowest=self.lowest)
        return number

    def to_representation(self, value: int) -> str:
        return str(value)

    def _number(self, data: Any) -> int:
        if type(data) is int and abs(data) <= _SAFE_INTEGER:
            return data
        if isinstance(data, str) and _UINT.fullmatch(data):
            return int(data)
        return self.fail("invalid")


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 1_000_000_000})
class CountField(serializers.Field[int, Any, int, Any]):
    """A small number of units: a JSON integer."""

    default_error_messages = {"invalid": "A whole number from 1 to 1,000,000,000."}

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int or not 1 <= data <= 10**9:
            self.fail("invalid")
        return data

    def to_representation(self, value: int) -> int:
        return value


class TextField(serializers.CharField):
    """Text, and no number that could be written as text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"type": "boolean"})
class FlagField(serializers.Field[bool, Any, bool, Any]):
    """`true` or `false`, and nothing that merely looks like one of them."""

    default_error_messages = {"invalid": "true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data

    def to_representation(self, value: bool) -> bool:  # noqa: FBT001 - DRF's own signature
        return value


@extend_schema_field({"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"})
class RecipientField(serializers.Field[str, Any, str, Any]):
    """An EVM address that may receive something; mixed case must carry the right checksum (EIP-55)."""

    default_error_messages = {"invalid": "An address is text: 0x and 40 hexadecimal digits."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return address(data)
        except ChainError as error:
            raise serializers.ValidationError(str(error), "address") from error

    def to_representation(self, value: str) -> str:
        return value
