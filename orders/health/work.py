"""Checks of the work: orders that wait, transactions that no block takes, lanes that nobody opens or that are held up."""

from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from chain.models import Transaction, Wallet
from chain.shown import number
from orders.health.ages import OLD, ago, words
from orders.health.asking import Check
from orders.models import Order, Stop
from orders.states import Status

UNATTENDED = timedelta(minutes=5)  # a lane is opened anew every two minutes while there is work
NAMED = 20  # so many wallets or networks are told of; nobody reads more


def may_go() -> QuerySet[Order]:
    """Pending orders but those that staff have stopped, which may wait for as long as they like."""
    return Order.objects.filter(status=Status.PENDING).exclude(group__in=Stop.objects.values("group"))


def with_work(since: timedelta) -> QuerySet[Wallet]:
    """Wallets that for so long have had an order that may go, or a transaction on its way."""
    began = Now() - since
    pending = may_go().filter(wallet=OuterRef("pk"), created__lt=began, moved_at__lt=began)
    return Wallet.objects.filter(Exists(pending) | Exists(on_their_way(since).filter(wallet=OuterRef("pk"))))


def on_their_way(since: timedelta) -> QuerySet[Transaction]:
    """Transactions that for so long have not become final."""
    return Transaction.objects.open().filter(created__lt=Now() - since)


def listed(lines: list[str]) -> str:
    more = [f"and {len(lines) - NAMED} more"] if len(lines) > NAMED else []
    return "; ".join(lines[:NAMED] + more)


def queue() -> Check:
    """What was released or set going again a moment ago has only waited since then."""
    pending = may_go().order_by("created")
    began = Now() - OLD
    overdue = pending.filter(created__lt=began, moved_at__lt=began)
    age = _age_of_first(overdue) or _age_of_first(pending)
    if age is None:
        return True, "nothing pending"
    return not overdue.exists(), f"the oldest order has been pending for {words(age)}"


def _age_of_first(orders: QuerySet[Order]) -> timedelta | None:
    return orders.annotate(age=ago(F("moved_at"))).values_list("age", flat=True).first()


def transactions() -> Check:
    """Unmined for long: evicted, too cheap under the ceiling, or unheard of, and sent again all the while."""
    unmined = Transaction.objects.unmined().annotate(age=ago(F("created"))).order_by("created")
    oldest = unmined.select_related("wallet__network").defer("data").first()
    if oldest is None:
        return True, "none waits for a block"
    wallet, age = oldest.wallet, oldest.age  # type: ignore[attr-defined]
    return age < OLD, f"{wallet.name} {number(wallet.network, oldest.nonce)} has been without a block for {words(age)}"


def lanes() -> Check:
    """Work, and nobody opens its lane. While a network rests one wallet finds out for all: then the others are no news."""
    unopened = Q(last_tick_at=None) | Q(last_tick_at__lt=Now() - UNATTENDED)
    wallets = with_work(UNATTENDED).filter(unopened, network__rests_until=None)
    names = list(wallets.values_list("name", flat=True)[: NAMED + 1])
    return not names, f"have work and no lane: {listed(names)}" if names else "open where there is work"


def waits() -> Check:
    """Lanes that have been held up for long and have work: by dead nodes, dear gas, an empty wallet, a missing key."""
    wallets = with_work(timedelta(0)).filter(waiting_since__lt=Now() - OLD).exclude(waiting="")
    lines = [f"{wallet.name}: {wallet.get_waiting_display()}" for wallet in wallets[: NAMED + 1]]
    return not lines, listed(lines) if lines else "no lane is held up"
