"""How an example ends: the world becomes honest, staff do what staff would, and every order must come to a true end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from chain import maintenance
from chain.models import Network, Transaction, Wallet
from chain.states import Waiting, WalletStatus
from orders.gate.retry import find
from orders.models import Order
from orders.states import Action, Reason, Status
from tests.machine.actors import ACTORS
from tests.machine.stage import WORKERS
from tests.machine.truth import Seen, Violated, hold, orders
from tests.machine.world import CEILING
from tests.model_chain import GWEI

if TYPE_CHECKING:
    from tests.machine.machine import Machine

ROUNDS = 60
RELEASED = (Reason.STAFF, Reason.NOT_RELEASED, Reason.TRANSACTION_CANCELLED)


def make_good_and_audit(machine: Machine) -> None:
    _zombies_come_back(machine)
    _make_honest(machine)
    for number in range(ROUNDS):
        _staff_set_going(machine)
        machine.turn(WORKERS[0])
        machine.world.truth.check()
        machine.world.chain.mine(5)
        machine.world.raise_floor()
        machine.let_pass(30)
        if number and _is_quiet():  # a retry in the first round may have come too early: its block was not final yet
            break
    _audit(machine)


def _zombies_come_back(machine: Machine) -> None:
    for name in machine.frozen():
        machine.go_on(name)
        machine.world.truth.check()
    for name in list(machine.lanes):
        machine.leave_lane(name)


def _make_honest(machine: Machine) -> None:
    chain = machine.world.chain
    for node in machine.world.nodes:
        node.late_ones_arrive()
        node.heal()
    chain.base_fee = chain.tip = GWEI
    chain.code.moods.clear()
    machine.world.top_up()
    Network.objects.update(gas_ceiling=CEILING)
    machine.ceilings.append(CEILING)
    maintenance.end(by="staff:ana", reason="because")
    machine.resumes(mishap=None)
    machine.sets_going(mishap=None)


def _staff_set_going(machine: Machine) -> None:
    """What people would do who see all of it: release, two of them where it takes two; retry, or give up."""
    if Wallet.objects.get(pk=machine.world.wallet).status == WalletStatus.QUARANTINED:
        machine.two_release_the_wallet(mishap=None)
    for order in Order.objects.filter(status=Status.HELD, reason__in=RELEASED):
        machine._act(Action.RELEASE, order.pk)
    failed = [order.id for order in machine.world.truth.seen if order.status == Status.FAILED]
    for number, order_id in enumerate(failed):
        machine._act((Action.RETRY, Action.CANCEL)[number % 3 == 1], order_id)
    for number in range(len(machine.stuck())):
        machine.two_release_an_order(which=number, mishap=None)


def _is_quiet() -> bool:
    moving = Order.objects.filter(status__in=[Status.PENDING, Status.BUSY])
    unreleased = Order.objects.filter(status=Status.HELD, reason__in=RELEASED)
    return not (moving.exists() or unreleased.exists() or Transaction.objects.open().exists())


def _audit(machine: Machine) -> None:
    """I6: every order is accounted for, and the chain has paid the completed ones and nobody else."""
    assert all(not actor.frozen for actor in ACTORS.values())
    seen = orders()
    wallet = Wallet.objects.get(pk=machine.world.wallet)
    if machine.world.truth.rewritten and wallet.waiting == Waiting.BEHIND:
        return  # the chain took final nonces back and nobody sends them again by himself: it waits for people, and says so
    if not _is_quiet():
        undone = [order for order in seen if order.status not in (Status.COMPLETED, Status.CANCELLED)]
        told = [f"{order}: {find(Order.objects.get(pk=order.id)).sentence}" for order in undone]
        raise Violated(f"not all come to an end ({wallet.status}, {wallet.status_reason}, {wallet.waiting_detail}): {told}")
    for order in seen:
        _has_true_end(machine, order)
    paid = Counter(payment[:3] for payment in machine.world.chain.now.payments)
    completed = Counter(machine.world.truth.key(order) for order in seen if order.status == Status.COMPLETED)
    rewritten = machine.world.truth.rewritten
    given_up = (order for order in seen if order.was_in_doubt or (rewritten and order.status == Status.CANCELLED))
    doubtful = Counter(machine.world.truth.key(order) for order in given_up)
    hold(rewritten or not completed - paid, f"completed and never paid: {completed - paid}")
    hold(not paid - completed - doubtful, f"paid, and no order tells: {paid - completed - doubtful}")
    accepted = {wish.order for wish in machine.world.wishes if wish.order}
    hold(accepted <= {str(order.id) for order in seen}, "every order that was accepted is there")


def _has_true_end(machine: Machine, order: Seen) -> None:
    match order.status:
        case Status.HELD:
            hold(order.reason in (Reason.REVIEW, Reason.FOREIGN), f"held without a lasting reason: {order}")
        case Status.PENDING | Status.BUSY:
            raise Violated(f"still {order.status}: {order}")
