"""Orders' lives on the model chain, tick by tick, and the proof that each was paid once."""

from django.db import close_old_connections

from chain.models import Transaction, Wallet
from chain.states import TransactionStatus
from claims.models import Claim
from orders import runner
from orders.models import Order
from orders.states import Status
from tests.factories import make_claim, make_withdrawal
from tests.orders.conftest import Desk
from withdrawals.models import Withdrawal

ROUNDS = 8  # ticks within which all must be settled once nothing goes wrong any more


def some_orders(desk: Desk) -> list[Claim | Withdrawal]:
    """Two claims that share a transaction, and a withdrawal."""
    return [make_claim(desk.reward), make_claim(desk.reward), make_withdrawal(desk.pool)]


def tick(desk: Desk) -> None:
    """One turn as a worker takes it, with its own lane, and after a look whether its connection is still good."""
    close_old_connections()
    runner.tick(str(desk.wallet.pk), seconds=0)


def live(desk: Desk) -> None:
    """From pending to settled, where nothing goes wrong."""
    tick(desk)
    desk.chain.mine(desk.network.confirmations)
    tick(desk)


def assert_all_paid_once(desk: Desk, details: list[Claim | Withdrawal]) -> None:
    """After some undisturbed ticks each is completed and paid once, and the nonces have no gap."""
    close_old_connections()
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


def quiet() -> bool:
    return not (Order.objects.filter(status__in=[Status.PENDING, Status.BUSY]).exists() or Transaction.objects.open().exists())


def paid(desk: Desk, detail: Claim | Withdrawal) -> int:
    """How often the chain shows that it was paid."""
    who = bytes.fromhex(detail.recipient[2:].lower())
    if isinstance(detail, Withdrawal):
        return sum(tx.to == detail.recipient and tx.value == detail.amount for tx, _, _ in desk.chain._mined())
    topics = [log["topics"][2] for _, result, _ in desk.chain._mined() for log in result.logs if result.ok]
    return topics.count("0x" + who.rjust(32, b"\0").hex())
