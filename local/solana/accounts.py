"""The accounts as they were a while ago: for commitments, for a node that lags, and to take a fork back."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from solders.account import Account
from solders.pubkey import Pubkey

from local.solana.bank import Bank

REMEMBERED = 300  # slots

_Versions = list[tuple[int, Account | None]]


class Accounts:
    """A bank with the last versions of every account that changed."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._versions: dict[Pubkey, _Versions] = {}

    def at(self, key: Pubkey, slot: int) -> Account | None:
        """The account at the end of a slot; older than remembered is the oldest version."""
        versions = self._versions.get(key)
        if versions is None:
            return self._bank.account(key)
        return next((account for since, account in reversed(versions) if since <= slot), versions[0][1])

    @contextmanager
    def changing(self, keys: Iterable[Pubkey], slot: int) -> Iterator[None]:
        """Around an execution that may write these accounts in this slot."""
        for key in keys:
            self._versions.setdefault(key, [(-1, self._bank.account(key))])
        yield
        for key in keys:
            self._remember(self._versions[key], slot, self._bank.account(key))

    def _remember(self, versions: _Versions, slot: int, account: Account | None) -> None:
        if account == versions[-1][1]:
            return
        if versions[-1][0] == slot:
            versions.pop()
        versions.append((slot, account))
        while len(versions) > 1 and versions[1][0] < slot - REMEMBERED:
            versions.pop(0)

    def rewind(self, slot: int) -> None:
        """Make the bank forget what was written after a slot."""
        for key, versions in self._versions.items():
            if versions[-1][0] > slot:
                versions[:] = [version for version in versions if version[0] <= slot] or versions[:1]
                self._bank.put(key, versions[-1][1])

    @contextmanager
    def as_of(self, keys: Iterable[Pubkey], slot: int) -> Iterator[None]:
        """Lets the bank see these accounts as they were at the end of a slot."""
        changed = [key for key in set(keys) if self.at(key, slot) != self._bank.account(key)]
        now = {key: self._bank.account(key) for key in changed}
        for key in changed:
            self._bank.put(key, self.at(key, slot))
        try:
            yield
        finally:
            for key, account in now.items():
                self._bank.put(key, account)
