"""One turn of a Solana lane: recover, observe, settle, submit. `orders.turn.take_turn` calls it and says what holds it up."""

from collections.abc import Collection, Sequence
from uuid import UUID

from chain import crash, decisions
from chain.models import Transaction
from chain.seat import Ready
from chain.solana import fees as costs
from chain.solana.cluster import Snapshot
from chain.solana.fees import PriorityAboveCeiling
from chain.solana.lane import LAMPORTS, SolanaLane
from chain.solana.observing import observe
from chain.states import Waiting, WalletStatus
from orders.groundwork import Groundwork
from orders.models import Stop
from orders.moves import Move, move
from orders.plan import pick
from orders.queue import Detail, Queue
from orders.solana.plan import Bundle, Plan, make_plan
from orders.solana.release import adopt, end_doubt
from orders.solana.settle import noted, settle
from orders.states import Status
from orders.turn import lock_pending, may_go


def walk(lane: SolanaLane, kinds: Collection[str]) -> tuple[int, int]:
    """How many transactions came to their end, and how many were sent. Raises ChainError."""
    snapshot = lane.look()
    transactions = lane.transactions()
    lane.recover(transactions, snapshot)
    if lane.wallet.doubt_before is not None and lane.wallet.status != WalletStatus.QUARANTINED:
        adopt(lane)
    landed = observe(lane, transactions, snapshot, noted(lane))
    settle(lane, landed)
    return len(landed), _submit(lane, snapshot, kinds)


def _submit(lane: SolanaLane, snapshot: Snapshot, kinds: Collection[str]) -> int:
    """Sign and send new transactions while there is room and work."""
    sent = 0
    lack: tuple[Waiting | None, str] = None, ""
    skip: set[UUID] = set()
    while lane.wallet.status == WalletStatus.ACTIVE:
        if not end_doubt(lane):
            return sent
        transactions = lane.transactions()
        if not lane.may_sign(snapshot, transactions):
            return sent
        room = decisions.room(transactions, lane.wallet.max_in_flight)
        picked = pick(lane.wallet, room, kinds, skip) if room else None
        if picked is None:
            break
        plan = _affordable(lane, snapshot, transactions, *picked)
        if plan is None:
            return sent
        ready = carry_out(lane, plan, snapshot)
        sent += len(ready)
        lane.send(ready)
        lack = (plan.waits, plan.lack) if plan.lack else lack
        if plan.stop or plan.lack or not (ready or plan.refused):
            skip.add(plan.group)
    lane.wait(*lack)
    return sent


def _affordable(
    lane: SolanaLane, snapshot: Snapshot, transactions: Sequence[Transaction], queue: Queue, details: Sequence[Detail]
) -> Plan | None:
    """The next step; None, and staff are told, where it is too dear, or the chain shows what cannot be of our making."""
    try:
        plan = make_plan(lane, queue, details, decisions.room(transactions, lane.wallet.max_in_flight))
    except PriorityAboveCeiling as error:
        lane.wait(Waiting.GAS, str(error))
        return None
    if plan.strange:
        with lane.writing() as wallet:
            lane.quarantine(wallet, plan.strange)
        return None
    if plan.cost > snapshot.balance - _reserved(transactions):
        lane.wait(Waiting.FUNDS, f"{decisions.coins(plan.cost, lane.network.currency, LAMPORTS)} needed for what is next")
        return None
    return plan


def carry_out(lane: SolanaLane, plan: Plan, snapshot: Snapshot) -> list[Ready]:
    """The one commit: the bad items leave, the good ones are bound to signed transactions. Only then may anything be sent."""
    crash.point("simulated")
    lane.check_held()
    with lane.writing() as wallet:
        if plan.stop:
            Stop.objects.get_or_create(group=plan.group, defaults={"wallet": wallet, "reason": plan.stop, "by": "lane"})
        bundles = _still_wanted(plan) if may_go(wallet, plan.group) else []
        signable = [(bundle.draft, bundle.units, bundle.lamports) for bundle in bundles]
        ready = lane.sign(wallet, signable, plan.fees, snapshot) if bundles else []
        for item, bundle in zip(ready, bundles, strict=True):
            _bind_work(bundle, item.transaction)
        bound = [
            Move(detail.pk, Status.PENDING, Status.BUSY, transaction=item.transaction.pk)
            for item, bundle in zip(ready, bundles, strict=True)
            for detail in bundle.details
        ]
        move([*plan.refused, *bound], actor="lane")
        crash.point("before_commit")
    crash.point("after_commit")
    lane.wallet.next_nonce = wallet.next_nonce
    return ready


def _bind_work(bundle: Bundle, transaction: Transaction) -> None:
    if bundle.work is not None:
        open_ = Groundwork.objects.filter(pk=bundle.work.pk, transaction=None)
        if not open_.update(transaction=transaction, address=bundle.draft.about):
            raise AssertionError("groundwork is done in its wallet's lane alone")


def _still_wanted(plan: Plan) -> list[Bundle]:
    """Those bundles of which every item is still pending."""
    kept = lock_pending([detail.pk for bundle in plan.bundles for detail in bundle.details])
    return [bundle for bundle in plan.bundles if all(detail.pk in kept for detail in bundle.details)]


def _reserved(transactions: Sequence[Transaction]) -> int:
    """Lamports that transactions on their way may still cost."""
    return sum(
        costs.cost(1, transaction.gas_limit, attempt.max_fee) + transaction.value
        for transaction in transactions
        if not transaction.mined_hash
        for attempt in transaction.attempts.all()
    )
