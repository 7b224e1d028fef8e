"""A life: what a web process, the pulse and the process_* commands do for a few orders, so that every crash point is passed.

It can be lived again from any wreck: clients repeat their requests with the same keys, people click what is still to be
clicked, lanes go on. Time does not pass by waiting: where a lane would sleep, a block is mined.
"""

import json
import logging
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from uuid import UUID

from django.core.management import call_command
from django.db.models import F
from django.test import Client as Browser

from chain import signing
from chain.models import Transaction, Wallet
from claims.models import Reward
from orders import actions, keys
from orders.models import Client, Order
from orders.states import Action, Scope, Status
from orders.worker import runner, schedules
from tests.factories import an_address, make_claim, make_client
from tests.faults.ground import Ground, expect
from tests.lanes import grow_old
from withdrawals.models import Pool

BECAUSE = {"actor": "staff:ana", "reason": "because"}


def _warm(browser: Browser) -> None:
    """A fork begins with all that it needs: imports, middleware, keys."""
    logging.disable()  # the request has no key
    with warnings.catch_warnings(action="ignore"):
        browser.get("/api/v1/orders")
    logging.disable(logging.NOTSET)
    signing.unlock_all()


@dataclass(frozen=True, slots=True)
class Wish:
    """A client's request, and what staff do with its order while it is pending."""

    path: str
    body: dict[str, str]
    key: str
    clicks: tuple[Action, ...] = ()


@dataclass(slots=True)
class Lives:
    """Lives on one ground, one after another, each with orders of its own. In `answers` the children note what they got."""

    it: Ground
    answers: Path
    client: Client = field(init=False)
    key: str = field(init=False)
    reward: Reward = field(init=False)
    pool: Pool = field(init=False)
    browser: Browser = field(default_factory=lambda: Browser(SERVER_NAME="localhost"))
    wishes: list[Wish] = field(default_factory=list)
    failed: list[UUID] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        wallet = self.it.wallet()
        self.client = make_client()
        self.key = keys.issue(self.client, tuple(Scope))[1]
        self.reward, self.pool = self.it.badge(wallet), self.it.token_pool(wallet)
        self.it.chain.request("evm_setAutomine", False)
        _warm(self.browser)

    def prepare(self) -> None:
        """Orders for one more life: two to be claimed, one of them held for a while, one to be paid out, one to be cancelled,
        and one that has failed and is to be retried."""
        number = next(self._numbers)
        claim, payout = f"/api/v1/rewards/{self.reward.pk}/claim", "/api/v1/withdrawals"
        pool = {"pool": str(self.pool.pk), "amount": "1000"}
        for part, (path, body, clicks) in enumerate(
            [
                (claim, {}, (Action.HOLD, Action.RELEASE)),
                (claim, {}, ()),
                (payout, pool, ()),
                (payout, pool, (Action.CANCEL,)),
            ]
        ):
            self.wishes.append(Wish(path, {**body, "recipient": an_address()}, f"life-{number}-{part}", clicks))
        late = make_claim(self.reward, order_status=Status.FAILED, order_fail_reason="It was refused.")
        self.failed.append(late.pk)

    # -- in a child ------------------------------------------------------------------------------------------------

    def live(self) -> None:
        schedules.ensure_schedules()
        told = self.told()
        for wish in self.wishes:
            self._click(told.get(wish.key) or self._ask(wish), wish.clicks)
        for order in self.failed:
            self._click(order, (Action.RETRY,))
        # A tick that was asked for by a life that died: as if nobody had come for long enough.
        Wallet.objects.update(tick_asked_at=F("tick_asked_at") - timedelta(hours=1))
        runner.ask_for_ticks()
        with self._blocks_instead_of_sleep():
            call_command("process_claims")
            call_command("process_withdrawals")

    def _ask(self, wish: Wish) -> UUID:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": wish.key}
        body: Any = wish.body
        answer = self.browser.post(wish.path, body, content_type="application/json", headers=headers)
        expect(answer.status_code == 202, f"{wish} is accepted: {answer.content!r}")
        order = answer.json()["id"]
        with self.answers.open("a") as notes:
            notes.write(json.dumps([wish.key, order]) + "\n")
        return UUID(order)

    def _click(self, order: UUID, clicks: tuple[Action, ...]) -> None:
        for action in clicks:
            if action in actions.allowed(Order.objects.get(pk=order)):
                getattr(actions, action.value)(order, **BECAUSE)

    @contextmanager
    def _blocks_instead_of_sleep(self) -> Iterator[None]:
        """At first everything unmined looks old, and is signed again; from then on a block comes."""
        slept = count()

        def sleep(_: float) -> None:
            if next(slept) == 0:
                for transaction in Transaction.objects.open():
                    grow_old(transaction)
            else:
                self.it.chain.request("evm_mine")

        with patch.object(runner, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep)):
            yield

    # -- afterwards ------------------------------------------------------------------------------------------------

    def told(self) -> dict[str, UUID]:
        """What clients have been answered: the order of each key."""
        lines = self.answers.read_text().splitlines() if self.answers.exists() else []
        return {key: UUID(order) for key, order in map(json.loads, lines)}

    def forget(self) -> None:
        """All of it has come to its end and has been seen to."""
        self.wishes.clear()
        self.failed.clear()

    def undone(self) -> list[str]:
        """What is not as it must be: one order for each request, the one that was answered, and each at its own end."""
        orders = {order.idempotency_key: order for order in Order.objects.filter(client=self.client)}
        ends = {wish.key: Status.CANCELLED if Action.CANCEL in wish.clicks else Status.COMPLETED for wish in self.wishes}
        retried = Order.objects.filter(pk__in=self.failed).exclude(status=Status.COMPLETED)
        return [
            *(
                f"{key} was answered with {order}, which is not it"
                for key, order in self.told().items()
                if orders[key].pk != order
            ),
            *(f"{key}: {orders[key].status}" for key, end in ends.items() if orders[key].status != end),
            *(f"{order}: {order.status}" for order in retried),
        ]
