"""Orders that a minter signs and its sponsor sends: who goes with whom, how many fit, what each came to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from chain.calls import Call
from chain.evm.node import Node
from chain.forwarder import EXECUTE_BATCH, NOBODYS_SIGNATURE, batch_gas, request_gas
from chain.forwarding import Minter
from chain.models import Wallet
from chain.states import RequestOutcome
from chain.typed_data import Domain
from orders.plan import pick
from orders.queue import Queue, Verdict, queues
from orders.sponsored import Parcel, Post, read
from orders.states import Kind, Reason, Status
from tests.factories import CONTRACT, MINTER, an_address, make_claim, make_network, make_reward, make_wallet

FORWARDER, SPONSOR = an_address(), an_address()
CALLS = {i: (Call(CONTRACT, bytes([i])), 70_000 + i) for i in (0, 2, 3)}


@dataclass
class Estimating:
    """A node that takes 30,000 gas a request, and remembers what it was shown."""

    shown: list[Call] = field(default_factory=list)

    def estimate(self, call: Call, sender: str) -> int:
        assert sender == SPONSOR
        self.shown.append(call)
        return 30_000 * len(EXECUTE_BATCH.decode(call.data)[0])


def fitted(cap: int, node: Estimating | None = None) -> Parcel:
    minter = Minter(Wallet(address=MINTER), Domain("F", "1", 1, FORWARDER), 5)
    return Post(cast(Node, node or Estimating()), minter, SPONSOR, 1_000, cap).fit(CALLS)


def test_each_order_gets_a_request_of_its_own_in_the_order_of_its_nonce() -> None:
    parcel = fitted(10**9)
    assert parcel.positions == [0, 2, 3]
    assert [(each.nonce, each.data, each.gas) for each in parcel.requests] == [
        (5, b"\0", request_gas(70_000)), (6, b"\2", request_gas(70_002)), (7, b"\3", request_gas(70_003)),
    ]  # fmt: skip
    assert {(each.signer, each.to, each.deadline) for each in parcel.requests} == {(MINTER, CONTRACT, 1_000)}
    assert parcel.gas == batch_gas(90_000, [70_000, 70_002, 70_003])


def test_a_node_is_shown_nothing_that_anybody_could_execute() -> None:
    node = Estimating()
    fitted(10**9, node)
    (call,) = node.shown
    assert {row[-1] for row in EXECUTE_BATCH.decode(call.data)[0]} == {NOBODYS_SIGNATURE}


def test_as_many_of_the_oldest_go_as_the_cap_has_gas_for() -> None:
    parcel = fitted(batch_gas(60_000, [70_000, 70_002]))
    assert (parcel.positions, len(parcel.requests)) == ([0, 2], 2)


def test_one_goes_alone_even_if_it_is_too_big() -> None:
    assert fitted(1).positions == [0]


# -- what each came to -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Detail:
    pk: UUID = field(default_factory=uuid7)


def reading(seen: list[list[UUID]]) -> Queue:
    def judge(details: Sequence[Any], _logs: Sequence[Any]) -> list[Verdict]:
        seen.append([detail.pk for detail in details])
        return [Verdict(detail.pk, Status.COMPLETED) for detail in details]

    return cast(Queue, type("Queue", (), {"read": staticmethod(judge)}))


def test_each_order_is_judged_by_its_event_or_by_what_became_of_its_request() -> None:
    details, seen = [Detail() for _ in range(4)], cast(list[list[UUID]], [])
    ends = dict(zip((detail.pk for detail in details), RequestOutcome, strict=True))
    verdicts = read(reading(seen), details, ends, ())
    assert seen == [[details[0].pk]]
    assert [verdict.order for verdict in verdicts] == [detail.pk for detail in details]
    assert [(verdict.to, verdict.reason) for verdict in verdicts] == [
        (Status.COMPLETED, None), (Status.FAILED, Reason.NOT_PAID), (Status.PENDING, Reason.REQUEST_EXPIRED),
        (Status.HELD, Reason.REVIEW),
    ]  # fmt: skip


def test_where_nothing_was_signed_by_a_minter_all_are_judged_by_their_events() -> None:
    details, seen = [Detail(), Detail()], cast(list[list[UUID]], [])
    read(reading(seen), details, {}, ())
    assert seen == [[detail.pk for detail in details]]


# -- who goes with whom ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_only_orders_of_one_signer_go_together() -> None:
    network = make_network(forwarder=FORWARDER)
    sponsor = make_wallet(network=network)
    minters = [make_wallet(network=network, address=an_address(), sponsor=sponsor) for _ in range(2)]
    reward = make_reward(wallet=minters[0])
    first, second = make_claim(reward), make_claim(reward)
    make_claim(reward, minter=minters[1])
    make_claim(reward)
    picked = pick(sponsor, 16, [Kind.CLAIM], ())
    assert picked is not None
    assert [detail.pk for detail in picked[1]] == [first.pk, second.pk]
    assert queues()[Kind.CLAIM].signer(picked[1][0]) == minters[0].pk


@pytest.mark.django_db
def test_a_claim_keeps_the_sponsor_and_the_minter_it_was_ordered_with() -> None:
    network = make_network(forwarder=FORWARDER)
    sponsor = make_wallet(network=network)
    minter = make_wallet(network=network, address=an_address(), sponsor=sponsor)
    reward = make_reward(wallet=minter)
    before = make_claim(reward)
    Wallet.objects.filter(pk=minter.pk).update(sponsor=None)
    reward.refresh_from_db()
    after = make_claim(reward)
    assert (before.order.wallet, before.minter, after.order.wallet, after.minter) == (sponsor, minter, minter, None)
