"""The cluster: transactions wait, slots pass, blocks take them in, forks take them out again. One thread at a time."""

import random
import time
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

from solders.account import Account
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from local.solana.accounts import Accounts
from local.solana.bank import Bank, Result
from local.solana.blocks import Block, Chain, Entry
from local.solana.posted import Keys, Posted, TableError

FAUCET = Keypair.from_seed(sha256(b"the faucet of the test cluster").digest())
_FIRST_SLOT, _FIRST_HEIGHT = 1_000, 800  # apart from the start: nobody may take one for the other
_RICHES = 500_000_000 * 10**9  # lamports
_SKIPPED = 0.05  # of the slots
_SLOT_HASHES = 512  # that programs can read


@dataclass(frozen=True, slots=True)
class Waiting:
    """A transaction that a leader takes from `slot` on."""

    posted: Posted
    slot: int


class Ledger:
    """`slot` is the one that is being filled; what stands in blocks is in `chain`."""

    def __init__(self, bank: Bank, *, seed: int = 1, skipped: float = _SKIPPED) -> None:
        self.bank, self._skipped = bank, skipped
        self.accounts = Accounts(bank)
        self._random = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self.genesis = sha256(f"genesis {seed}".encode()).digest()
        self.chain = Chain(Block(_FIRST_SLOT, _FIRST_HEIGHT, self.genesis, int(time.time())))
        self.slot = _FIRST_SLOT
        self.waiting: list[Waiting] = []
        bank.put(FAUCET.pubkey(), Account(_RICHES, b"", Pubkey.default()))
        self._begin(int(time.time()))

    def take(self, posted: Posted, *, later: int = 0) -> None:
        """Into the next block, or the first one `later` slots after it."""
        if all(posted.signature != other.posted.signature for other in self.waiting):
            self.waiting.append(Waiting(posted, self.slot + 1 + later))

    def advance(self) -> bool:
        """One slot; whether it had a block."""
        self.slot += 1
        if self._random.random() < self._skipped:
            return False
        due = [waiting.posted for waiting in self.waiting if waiting.slot <= self.slot]
        self.waiting = [waiting for waiting in self.waiting if waiting.slot > self.slot]
        self.fill(due, int(time.time()))
        return True

    def fill(self, due: Iterable[Posted], now: int) -> None:
        """The block of this slot, with those of the transactions that can enter it. `now` in seconds since 1970."""
        before = self.chain.last
        self._begin(now)
        block = Block(self.slot, before.height + 1, self._hash(before), now)
        for posted in due:
            self._enter(block, posted)
        self.chain.add(block)

    def fork(self, slot: int, *, pending: bool) -> int:
        """The blocks after a slot are of a fork that nobody follows any more. Their transactions wait again, or are gone.

        Returns how many transactions that concerns.
        """
        gone = [entry.posted for block in self.chain.cut(slot) for entry in block.entries]
        self.accounts.rewind(self.chain.last.slot)
        for posted in gone if pending else []:
            self.take(posted)
        return len(gone)

    def simulate(self, posted: Posted, slot: int) -> Result:
        """What it would do to the accounts at the end of a slot."""
        try:
            keys = posted.keys(lambda key: self.accounts.at(key, slot), slot)
        except TableError as error:
            return Result(err=str(error))
        with self.accounts.as_of(keys.all, slot):
            return self.bank.simulate(posted.transaction)

    def _enter(self, block: Block, posted: Posted) -> None:
        """What cannot enter this block is forgotten, as by a leader."""
        standing = self.chain.find(posted.signature, block.slot) is not None
        bound = bytes(posted.message.recent_blockhash)
        if standing or not posted.is_signed() or not self.chain.accepts(bound, block.height - 1):
            return
        try:
            keys = posted.keys(self.bank.account, block.slot)
        except TableError:
            return
        before = self._balances(keys)
        with self.accounts.changing(posted.writable(keys), block.slot):
            result = self.bank.execute(posted.transaction)
        if result.landed:
            self.chain.enter(block, Entry(posted, keys, result, before, self._balances(keys)))

    def _balances(self, keys: Keys) -> tuple[int, ...]:
        return tuple(account.lamports if (account := self.bank.account(key)) else 0 for key in keys.all)

    def _begin(self, now: int) -> None:
        recent = islice(self.chain.newest_first(), _SLOT_HASHES)
        self.bank.begin(self.slot, [(block.slot, block.hash) for block in recent], now)

    def _hash(self, before: Block) -> bytes:
        """Of the slot too: after a fork the same height has another hash."""
        return sha256(before.hash + self.slot.to_bytes(8, "little") + self.genesis).digest()
