"""What is played to the real programs once, and to the model in each test run: transactions by fixed keys."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from solders.account import Account
from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import Message, MessageV0
from solders.pubkey import Pubkey
from solders.system_program import CreateAccountParams, create_account
from solders.transaction import Transaction, VersionedTransaction

from chain.solana import bubblegum, ids
from chain.solana.trees import Shape
from local.solana.bank import Bank, Result, rent

SLOT, NOW = 1_000, 1_800_000_000
HASHES = [(slot, bytes([slot % 256]) * 32) for slot in range(SLOT - 1, SLOT - 20, -1)]
_RICH = 10**13  # lamports


def key(number: int) -> Keypair:
    """Test keys: everybody can make them."""
    return Keypair.from_seed(number.to_bytes(32, "big"))


def address(number: int) -> Pubkey:
    return key(number).pubkey()


PAYER, OTHER, POOR = key(1), key(2), key(3)
ME = PAYER.pubkey()
FUNDED = {ME: _RICH, OTHER.pubkey(): _RICH, POOR.pubkey(): 6_000}


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction in a slot of its own, under a name that says what it is to show."""

    name: str
    slot: int
    transaction: VersionedTransaction

    def play(self, bank: Bank) -> Result:
        bank.begin(self.slot, HASHES, NOW)
        return bank.execute(self.transaction)


def open_bank(bank: Bank) -> Bank:
    """With the script's funded wallets."""
    for owner, lamports in FUNDED.items():
        bank.put(owner, Account(lamports, b"", ids.SYSTEM))
    return bank


class Script:
    """Collects steps; each has a blockhash of its own, so that no two are the same transaction."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.trees = 1_000

    def add(self, name: str, *instructions: Instruction, signers: Sequence[Keypair] = (), payer: Keypair = PAYER) -> None:
        blockhash = Hash(len(self.steps).to_bytes(32, "big"))
        message = Message.new_with_blockhash(instructions, payer.pubkey(), blockhash)
        signed = Transaction([payer, *signers], message, blockhash)
        self._add(name, VersionedTransaction.from_legacy(signed))

    def add_with_table(self, name: str, table: AddressLookupTableAccount, *instructions: Instruction) -> None:
        blockhash = Hash(len(self.steps).to_bytes(32, "big"))
        message = MessageV0.try_compile(ME, instructions, [table], blockhash)
        self._add(name, VersionedTransaction(message, [PAYER]))

    def _add(self, name: str, transaction: VersionedTransaction) -> None:
        self.steps.append(Step(name, SLOT + len(self.steps), transaction))

    def account(self, tree: Keypair, size: int, owner: Pubkey) -> Instruction:
        lamports = rent(size)
        return create_account(
            CreateAccountParams(from_pubkey=ME, to_pubkey=tree.pubkey(), lamports=lamports, space=size, owner=owner)
        )

    def tree(self, shape: Shape, *, v2: bool = False, name: str = "") -> Pubkey:
        """A tree of ours."""
        self.trees += 1
        tree, program = key(self.trees), ids.MPL_COMPRESSION if v2 else ids.SPL_COMPRESSION
        create = bubblegum.create_tree_v2 if v2 else bubblegum.create_tree
        place = self.account(tree, shape.size, program)
        self.add(name or f"{shape} v2={v2}", place, create(tree.pubkey(), ME, shape.depth, shape.buffer), signers=[tree])
        return tree.pubkey()


def changed(instruction: Instruction, *, data: bytes | None = None, keys: dict[int, Pubkey] | None = None) -> Instruction:
    """The same with other data or with other accounts at these places."""
    metas = list(instruction.accounts)
    for at, other in (keys or {}).items():
        metas[at] = type(metas[at])(other, metas[at].is_signer, metas[at].is_writable)
    return Instruction(instruction.program_id, instruction.data if data is None else data, metas)


def unsigned(instruction: Instruction, places: Iterable[int]) -> Instruction:
    """The same with these accounts not signing."""
    metas = [
        type(meta)(meta.pubkey, meta.is_signer and at not in set(places), meta.is_writable)
        for at, meta in enumerate(instruction.accounts)
    ]
    return Instruction(instruction.program_id, instruction.data, metas)
