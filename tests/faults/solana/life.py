"""A life of a Solana lane: a collection's account and its tree are opened, its items are minted, and on the way every crash
point of the lane is passed. It can be lived again from any wreck, for a lane goes on where the last one was.

Time does not pass by waiting: where a lane would sleep, something happens to the cluster.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle
from types import SimpleNamespace
from unittest.mock import patch

from django.db.models import F

from chain import signing
from chain.models import Transaction, Wallet
from chain.solana import lane
from chain.solana.wanted import Program
from local.server import wait_until
from mints.models import Item
from orders.queue import queues
from orders.states import Status
from orders.worker import runner
from tests.faults.ground import expect
from tests.faults.solana.ground import SolanaGround
from tests.lanes import grow_old

FINALIZED = 4  # slots
LIVES_FOR = 50.0  # seconds, at most
ITEMS = 4  # more than fit into one transaction


@dataclass(slots=True)
class Lives:
    """Lives on one ground, one after another, each with a collection of its own."""

    it: SolanaGround
    wallet: Wallet = field(init=False)
    items: list[Item] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wallet = self.it.wallet()
        signing.unlock_all()

    def prepare(self) -> None:
        """A collection whose account and tree are to be opened, with its first items."""
        collection = self.it.collection(self.wallet, Program.MINT_V2_TO_CORE, room=8)
        orders = self.it.order_items(collection, ITEMS)
        self.items += Item.objects.filter(order__in=orders)

    # -- in a child ------------------------------------------------------------------------------------------------

    def live(self) -> None:
        # A tick that was asked for by a life that died: as if nobody had come for long enough.
        Wallet.objects.update(tick_asked_at=F("tick_asked_at") - timedelta(hours=1))
        runner.ask_for_ticks()
        with self._fate_instead_of_sleep():
            expect(wait_until(self._drained, LIVES_FOR), f"the lane comes to its end ({self.it.tally()})")

    def _drained(self) -> bool:
        for _ in runner.drain(self.wallet, list(queues())):
            pass
        return self.it.is_quiet()

    @contextmanager
    def _fate_instead_of_sleep(self) -> Iterator[None]:
        """What is silent is sent again when fate has made it old, and not by the clock: each life passes the same points."""
        fate = cycle(self._fate())
        clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: next(fate)())
        with patch.object(runner, "time", clock), patch.object(lane, "SENT_AGAIN_AFTER", timedelta(minutes=30)):
            yield

    def _fate(self) -> list[Callable[[], None]]:
        """The groundwork falls out of a fork and is sent again, the items are dropped and expire; then all goes well."""
        return [
            self._blocks(2),
            lambda: self.it.chain.fork(2, pending=False),
            _all_grow_old,
            self._blocks(2),
            self._blocks(FINALIZED, dropping=True),
            self._blocks(151 + FINALIZED),
            self._blocks(2),
            self._blocks(FINALIZED),
        ]

    def _blocks(self, number: int, *, dropping: bool = False) -> Callable[[], None]:
        """So many blocks pass, and from then on whatever is sent is dropped, or is not."""

        def pass_() -> None:
            self.it.chain.faults(drop=100 if dropping else 0)
            self.it.chain.advance(blocks=number)

        return pass_

    # -- afterwards ------------------------------------------------------------------------------------------------

    def undone(self) -> list[str]:
        items = Item.objects.filter(pk__in=[item.pk for item in self.items]).exclude(order__status=Status.COMPLETED)
        return [f"item {item.number} of {item.collection}: {item.order.status}" for item in items]

    def forget(self) -> None:
        self.items.clear()


def _all_grow_old() -> None:
    for transaction in Transaction.objects.open():
        grow_old(transaction)
