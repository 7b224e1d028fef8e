"""A transaction before it is signed: instructions of one payer, and what is put before them once it is known what it costs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import MessageV0, to_bytes_versioned
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import VersionedTransaction

from chain.solana import packing
from chain.solana.fees import MOST_UNITS

__all__ = ["BUDGET", "Draft", "Instruction", "Signed", "check", "pack", "sign"]

BUDGET = 2  # instructions that stand before those of the draft: the limit of compute units, and their price


@dataclass(frozen=True, slots=True)
class Draft:
    """What is done, and the account that it is about (base58). `opens` are the keys of accounts that it brings into being;
    each signs once, and is needed by nobody afterwards.
    """

    payer: str
    about: str
    instructions: tuple[Instruction, ...]
    opens: tuple[Keypair, ...] = ()

    def message(self, units: int, price: int, blockhash: str = "") -> MessageV0:
        """With its compute budget; without a blockhash it can be in no block. `price` in micro-lamports a unit."""
        bound = Hash.from_string(blockhash) if blockhash else Hash.default()
        return MessageV0.try_compile(Pubkey.from_string(self.payer), [*budget(units, price), *self.instructions], [], bound)

    def unsigned(self, price: int) -> bytes:
        """A transaction to try out: its signatures are empty."""
        message = self.message(MOST_UNITS, price)
        empty = [Signature.default()] * message.header.num_required_signatures
        return bytes(VersionedTransaction.populate(message, empty))

    @property
    def signatures(self) -> int:
        return int(self.message(MOST_UNITS, 0).header.num_required_signatures)


@dataclass(frozen=True, slots=True)
class Signed:
    """What is sent, and by what the chain will know it: the payer's signature, in base58."""

    raw: bytes
    signature: str


def sign(draft: Draft, units: int, price: int, blockhash: str, payer: Callable[[bytes], bytes]) -> Signed:
    """`payer` signs bytes with the wallet's key (Ed25519)."""
    message = draft.message(units, price, blockhash)
    payload = to_bytes_versioned(message)
    own = {key.pubkey(): key for key in draft.opens}
    signers = message.account_keys[: message.header.num_required_signatures]
    signatures = [own[key].sign_message(payload) if key in own else Signature.from_bytes(payer(payload)) for key in signers]
    return Signed(bytes(VersionedTransaction.populate(message, signatures)), str(signatures[0]))


def pack(payer: str, mints: Sequence[Instruction]) -> Iterator[list[Instruction]]:
    """The mints in their order, in groups as large as the bytes of a transaction allow. Raises packing.TooLarge."""
    return packing.pack(Pubkey.from_string(payer), budget(MOST_UNITS, 1 << 63), mints)


def check(payer: str, mint: Instruction) -> None:
    """That it fits into a transaction by itself. Raises packing.TooLarge."""
    for _ in packing.pack(Pubkey.from_string(payer), budget(MOST_UNITS, 1 << 63), [mint]):
        pass


def budget(units: int, price: int) -> list[Instruction]:
    return [set_compute_unit_limit(units), set_compute_unit_price(price)]
