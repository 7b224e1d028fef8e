"""Orders' lives on the model chain, tick by tick, and the proof that each was paid once."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import close_old_connections
from django.db.models import F

from chain.models import Attempt, Network, Transaction, Wallet
from chain.states import TransactionStatus, WalletStatus
from claims.models import Claim
from orders.models import Order, Stop
from orders.states import Status
from orders.worker import runner
from tests.factories import make_claim, make_withdrawal
from tests.orders.conftest import Desk
from withdrawals.models import Withdrawal

ROUNDS = 8  # lives within which all must be settled once nothing goes wrong any more

Details = Sequence[Claim | Withdrawal]


def some_orders(desk: Desk) -> Details:
    """Two claims that share a transaction, and a withdrawal."""
    return [make_claim(desk.reward), make_claim(desk.reward), make_withdrawal(desk.pool)]


# -- with a lane of their own for each tick, in committed databases --------------------------------------------------


def tick(desk: Desk) -> None:
    """One turn as a worker takes it, with its own lane, and after a look whether its connection is still good."""
    close_old_connections()
    runner.tick(str(desk.wallet.pk), seconds=0)


def ticks(desk: Desk) -> None:
    """From pending to settled, where nothing goes wrong."""
    tick(desk)
    desk.chain.mine(desk.network.confirmations)
    tick(desk)


# -- with the desk's lane --------------------------------------------------------------------------------------------


def turns(desk: Desk) -> None:
    """The same, after half a minute in which nobody did anything."""
    later()
    desk.finish()


def later(seconds: float = 30) -> None:
    """As if so much time had passed: nodes may have forgotten what they were sent, and networks have rested."""
    spell = timedelta(seconds=seconds)
    Attempt.objects.update(created=F("created") - spell, last_sent_at=F("last_sent_at") - spell)
    Network.objects.update(rests_until=None)


# -- what must hold --------------------------------------------------------------------------------------------------


def assert_all_paid_once(desk: Desk, details: Details, live: Callable[[Desk], None] = ticks) -> None:
    """After some undisturbed lives each is completed and paid once, and the nonces have no gap."""
    for _ in range(ROUNDS):
        if not quiet():
            live(desk)
    orders = Order.objects.filter(pk__in=[detail.pk for detail in details])
    assert {order.status for order in orders} == {Status.COMPLETED}, [*orders.values("status", "fail_reason")]
    assert [paid(desk, detail) for detail in details] == [1] * len(details)
    final = Transaction.objects.filter(status=TransactionStatus.FINAL).order_by("nonce")
    spent = desk.chain.nonce(desk.wallet.address)
    assert list(final.values_list("nonce", flat=True)) == list(range(spent))
    assert Wallet.objects.get().next_nonce == spent


def assert_nobody_is_blamed(when: str = "") -> None:
    """Every order waits, is on its way or is done; nothing is stopped, and no wallet is suspected."""
    fine = Order.objects.filter(status__in=[Status.PENDING, Status.BUSY, Status.COMPLETED], fail_reason="", reason="", tries=0)
    assert fine.count() == Order.objects.count(), (when, *Order.objects.values("status", "reason", "fail_reason", "tries"))
    assert not Stop.objects.exists(), when
    assert Wallet.objects.get().status == WalletStatus.ACTIVE, when


def quiet() -> bool:
    return not (Order.objects.filter(status__in=[Status.PENDING, Status.BUSY]).exists() or Transaction.objects.open().exists())


def paid(desk: Desk, detail: Claim | Withdrawal) -> int:
    """How often the chain shows that it was paid."""
    mined = list(desk.chain._mined())
    if isinstance(detail, Withdrawal):
        return sum(tx.to == detail.recipient and tx.value == detail.amount for tx, _, _ in mined)
    topics = [log["topics"][2] for _, result, _ in mined if result.ok for log in result.logs]
    return topics.count("0x" + bytes.fromhex(detail.recipient[2:]).rjust(32, b"\0").hex())
