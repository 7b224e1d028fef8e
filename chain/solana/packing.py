"""As many mints in one transaction as its 1,232 bytes hold: a fixed number would fit some rows and not others."""

from collections.abc import Iterator, Sequence

from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.hash import Hash
from solders.instruction import Instruction
from solders.message import MessageV0, to_bytes_versioned
from solders.pubkey import Pubkey

LARGEST = 1232  # bytes of a whole transaction, signatures included (IPv6's least MTU less headers)
_SIGNATURE = 64


class TooLarge(ValueError):
    """One item alone does not fit into a transaction."""


def size(payer: Pubkey, instructions: Sequence[Instruction], tables: Sequence[AddressLookupTableAccount] = ()) -> int:
    """Bytes of the signed transaction."""
    message = MessageV0.try_compile(payer, instructions, tables, Hash.default())
    return 1 + _SIGNATURE * message.header.num_required_signatures + len(to_bytes_versioned(message))


def pack(
    payer: Pubkey,
    before: Sequence[Instruction],
    mints: Sequence[Instruction],
    tables: Sequence[AddressLookupTableAccount] = (),
) -> Iterator[list[Instruction]]:
    """The mints in their order, in groups that each fit behind `before` (the compute budget). Raises TooLarge."""
    group: list[Instruction] = []
    for mint in mints:
        if size(payer, [*before, mint], tables) > LARGEST:
            raise TooLarge(f"The item makes a transaction of more than {LARGEST} bytes on its own.")
        if group and size(payer, [*before, *group, mint], tables) > LARGEST:
            yield group
            group = []
        group.append(mint)
    if group:
        yield group
