"""Column types for chain values."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import cached_property

from chain import base58
from chain.calls import ZERO_ADDRESS, AddressError, address
from chain.errors import ChainError

if TYPE_CHECKING:
    CharField = models.CharField[Any, Any]
    DecimalField = models.DecimalField[Any, Any]
else:
    CharField, DecimalField = models.CharField, models.DecimalField

UINT96_MAX = 2**96 - 1
UINT256_MAX = 2**256 - 1


class Uint256Field(DecimalField):
    """An unsigned 256-bit integer (wei or base units) as `numeric(78,0)`; a Python `int` on this side."""

    if TYPE_CHECKING:  # for django-stubs, which would take it for a Decimal in an array
        _pyi_private_set_type: int
        _pyi_private_get_type: int  # type: ignore[assignment]
        _pyi_lookup_exact_type: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"], kwargs["decimal_places"] = 78, 0
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs

    @cached_property
    def validators(self) -> list[Any]:
        """Without DecimalField's own, which counts the digits of a Decimal; the CHECK counts ours."""
        return [*self.default_validators, *self._validators]  # type: ignore[attr-defined]

    def from_db_value(self, value: Decimal | None, *_: Any) -> int | None:
        return None if value is None else int(value)

    def to_python(self, value: Any) -> Any:
        return value if value is None or isinstance(value, int) else int(super().to_python(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's
        # Past DecimalField's own path, which rounds through a 28-digit context.
        return None if value is None else Decimal(int(value))


class AddressField(CharField):
    """An EVM address, checked and stored in EIP-55 form."""

    longest = 42

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = self.longest
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def clean(self, value: Any, model_instance: Any) -> Any:
        value = super().clean(value, model_instance)
        try:
            return self.parse(value) if value else value
        except ChainError as error:
            raise ValidationError(str(error)) from error

    def parse(self, value: str) -> str:
        """The address in the one form in which it is stored. Raises AddressError."""
        return address(value)


class AnyAddressField(AddressField):
    """An address on a network of any family: EIP-55 for an EVM one, base58 for Solana's."""

    longest = 44

    def parse(self, value: str) -> str:
        return any_address(value)


def any_address(value: str) -> str:
    """Of an EVM chain, in EIP-55 form, or of Solana, in base58. Raises AddressError."""
    return address(value) if value.startswith("0x") else solana_address(value)


def solana_address(value: str) -> str:
    """Thirty-two bytes in base58, none of them all zero (the system program, where coin is lost). Raises AddressError."""
    if not is_base58_of_32(value) or not any(base58.decode(value)):
        raise AddressError("An address of Solana is 32 bytes in base58, 32 to 44 letters.")
    return value


def is_base58_of_32(text: str) -> bool:
    """Whether it is 32 bytes in base58, as addresses, hashes and public keys of Solana are written."""
    try:
        return len(text) <= AnyAddressField.longest and len(base58.decode(text)) == 32
    except ValueError:
        return False


def in_range(column: str, lowest: int, highest: int = UINT256_MAX) -> models.Q:
    """A CHECK condition: `lowest` <= column <= `highest` (78 digits alone would allow more than 256 bits)."""
    return models.Q((f"{column}__gte", lowest), (f"{column}__lte", highest))


def is_payable(column: str) -> models.Q:
    """A CHECK condition: an address in its only form, and not the one where everything is lost."""
    return models.Q((f"{column}__regex", "^0x[0-9a-fA-F]{40}$")) & ~models.Q((column, ZERO_ADDRESS))
