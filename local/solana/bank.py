"""What executes transactions: the real programs (`live`) or a model of them (`model`). It knows no slots and no network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from solders.account import Account
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

RENT_PER_BYTE = 6960  # lamports, for good
_ACCOUNT_OVERHEAD = 128  # bytes


@dataclass(frozen=True, slots=True)
class Inner:
    """A call that a program made: indices into all the transaction's keys; called at `height`, 2 for the first level down."""

    program: int
    accounts: bytes
    data: bytes
    height: int


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a transaction. `err` as JSON-RPC writes it; `fee` in lamports, nothing if it was not even begun."""

    err: Any = None
    logs: tuple[str, ...] = ()
    units: int = 0
    fee: int = 0
    inner: tuple[tuple[Inner, ...], ...] = ()  # for each instruction
    returned: tuple[Pubkey, bytes] | None = None
    after: Mapping[Pubkey, Account] = field(default_factory=dict)  # of a simulation: the accounts it could write

    @property
    def landed(self) -> bool:
        """Whether it stands in a block: what failed does, and has paid for it."""
        return self.fee > 0


class Bank(Protocol):
    """The accounts of now, and what changes them."""

    def execute(self, transaction: VersionedTransaction) -> Result: ...

    def simulate(self, transaction: VersionedTransaction) -> Result: ...

    def account(self, key: Pubkey) -> Account | None: ...

    def put(self, key: Pubkey, account: Account | None) -> None:
        """Overwrite an account: forks and older views are made of this."""

    def begin(self, slot: int, hashes: list[tuple[int, bytes]], now: int) -> None:
        """What programs read of the clock and of recent blocks from here on; `now` in seconds since 1970."""


def rent(size: int) -> int:
    """The lamports that keep an account of `size` bytes for good."""
    return (_ACCOUNT_OVERHEAD + size) * RENT_PER_BYTE
