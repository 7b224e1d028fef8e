"""One turn of a lane: recover, observe, settle, replace, submit. The way of an order through its wallet, on one screen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from chain import crash, decisions, forwarding, maintenance
from chain.errors import ChainError, LaneLost, RpcUnavailable, WrongChain
from chain.evidence import check_ground, observe
from chain.evm.answers import Snapshot
from chain.fees import AboveCeiling
from chain.lane import Lane
from chain.models import Network, Transaction, Wallet
from chain.seat import Ready, Seat
from chain.signers import SignerError
from chain.states import Waiting, WalletStatus
from orders import ground
from orders.doubt import hold_doubtful
from orders.models import Order, Stop
from orders.moves import Move, move
from orders.plan import Bundle, Plan, make_plan, pick
from orders.queue import Detail, Queue
from orders.settle import settle
from orders.states import Status


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn did: transactions that became final, transactions sent, and whether anything is still on its way."""

    settled: int = 0
    sent: int = 0
    open: int = 0
    blocked: bool = False


def take_turn(lane: Seat, kinds: Collection[str]) -> Turn:
    """Everything that can be done for this wallet right now. Raises LaneLost; says on the wallet's row what it waits for."""
    if lane.maintenance:
        lane.wait(Waiting.MAINTENANCE, lane.maintenance)
        return Turn(blocked=True)
    try:
        settled, sent = _walk(lane, kinds) if isinstance(lane, Lane) else _walk_on_solana(lane, kinds)
    except LaneLost:
        raise
    except RpcUnavailable as error:
        lane.rest(error)
        return Turn(blocked=True)
    except WrongChain as error:
        with lane.writing() as wallet:
            lane.quarantine(wallet, str(error))
        return Turn(blocked=True)
    except SignerError as error:
        lane.wait(Waiting.SIGNER, str(error))
        return Turn(blocked=True)
    except ChainError as error:
        lane.wait(Waiting.NODE, str(error))
        return Turn(blocked=True)
    return Turn(settled, sent, lane.wallet.transactions.open().count(), bool(lane.wallet.waiting))


def _walk(lane: Lane, kinds: Collection[str]) -> tuple[int, int]:
    """How many transactions came to their end, and how many were sent. Raises ChainError."""
    snapshot = lane.look()
    check_ground(lane)
    transactions = lane.transactions()
    lane.recover(transactions)
    landed = observe(lane, transactions, snapshot)
    settle(lane, landed)
    lane.replace(transactions, snapshot)
    return len(landed), _submit(lane, snapshot, kinds)


def _walk_on_solana(lane: Seat, kinds: Collection[str]) -> tuple[int, int]:
    from chain.solana.lane import SolanaLane  # noqa: PLC0415 - 10 MB of solders, only where a wallet is there
    from orders.solana.turn import walk  # noqa: PLC0415

    assert isinstance(lane, SolanaLane)
    return walk(lane, kinds)


def _submit(lane: Lane, snapshot: Snapshot, kinds: Collection[str]) -> int:
    """Sign and send new transactions while there is room and work."""
    sent = 0
    lack: tuple[Waiting | None, str] = None, ""
    skip: set[UUID] = set()
    while lane.wallet.status == WalletStatus.ACTIVE:
        if lane.wallet.doubt_before is not None:
            hold_doubtful(lane)
        transactions = lane.transactions()
        if decisions.refused(transactions) or not lane.may_sign(snapshot, transactions):
            return sent  # `send` or `may_sign` has said why
        room = decisions.room(transactions, lane.wallet.max_in_flight)
        picked = pick(lane.wallet, room, kinds, skip) if room else None
        if picked is None:
            break
        plan = _affordable(lane, snapshot, transactions, *picked)
        if plan is None:
            return sent
        ready = carry_out(lane, plan)
        sent += len(ready)
        if not lane.send(ready):
            return sent  # a node may not have this nonce, and would not take the next one
        lack = (plan.waits, plan.lack) if plan.lack else lack
        if plan.stop or plan.lack or not (ready or plan.refused):
            skip.add(plan.group)
    lane.wait(*lack)
    return sent


def _affordable(
    lane: Lane, snapshot: Snapshot, transactions: Sequence[Transaction], queue: Queue, details: Sequence[Detail]
) -> Plan | None:
    """The next step; None, and staff are told, where gas is above the ceiling or the wallet has too little."""
    try:
        step = (lane.node, lane.wallet, snapshot, queue, details)
        plan = ground.plan(*step) or make_plan(*step)
    except AboveCeiling as error:
        lane.wait(Waiting.GAS, str(error))
        return None
    if plan.cost > snapshot.balance - reserved(transactions):
        lane.wait(Waiting.FUNDS, f"{plan.cost} wei needed for the next transaction")
        return None
    return plan


def carry_out(lane: Lane, plan: Plan) -> list[Ready]:
    """The one commit: the bad orders leave, the good ones are bound to signed transactions. Only then may anything be sent."""
    if plan.simulation and plan.simulation != lane.network.simulation:
        Network.objects.filter(pk=lane.network.pk).update(simulation=plan.simulation)
        lane.network.simulation = plan.simulation
    crash.point("simulated")
    lane.check_held()
    with lane.writing() as wallet:
        if plan.doubted:
            forwarding.doubt(wallet, plan.doubted)
        if plan.stop:
            Stop.objects.get_or_create(group=plan.group, defaults={"wallet": wallet, "reason": plan.stop, "by": "lane"})
        bundles = _still_wanted(plan) if may_go(wallet, plan.group) and ground.still_fits(plan) else []
        ready = _sign(lane, wallet, plan, bundles) if bundles else []
        bound = [
            Move(detail.pk, Status.PENDING, Status.BUSY, transaction=item.transaction.pk)
            for item, bundle in zip(ready, bundles if ready else [], strict=True)
            for detail in bundle.details
        ]
        move([*plan.refused, *bound], actor="lane")
        if plan.groundwork is not None:
            ground.bind(plan.groundwork, ready)
        crash.point("before_commit")
    crash.point("after_commit")
    lane.wallet.next_nonce, lane.wallet.doubt_before = wallet.next_nonce, wallet.doubt_before
    return ready


def _sign(lane: Lane, wallet: Wallet, plan: Plan, bundles: Sequence[Bundle]) -> list[Ready]:
    """The transactions, with a minter's requests signed in them and stored beside. None, where that has signed since."""
    if plan.minter is None:
        return lane.sign(wallet, [(bundle.call, bundle.gas) for bundle in bundles], plan.fees)
    if not forwarding.may_sign(plan.minter):
        return []
    sealed = [(forwarding.seal(plan.minter, bundle.requests, wallet.address), bundle.gas) for bundle in bundles]
    ready = lane.sign(wallet, sealed, plan.fees)
    for item, bundle in zip(ready, bundles, strict=True):
        forwarding.store(plan.minter, bundle.requests, item.transaction, [detail.pk for detail in bundle.details])
    return ready


def reserved(transactions: Sequence[Transaction]) -> int:
    """Wei that transactions on their way may still cost."""
    best = ((transaction, decisions.best_attempt(transaction)) for transaction in transactions if not transaction.mined_hash)
    return sum(transaction.gas_limit * attempt.max_fee + transaction.value for transaction, attempt in best)


def may_go(wallet: Wallet, group: UUID) -> bool:
    """Once more, in the commit: nobody has stopped the wallet, the group or all sending while it was simulated."""
    active = wallet.status == WalletStatus.ACTIVE
    return active and not maintenance.reason() and not Stop.objects.filter(group=group).exists()


def _still_wanted(plan: Plan) -> list[Bundle]:
    """Those bundles of which every order is still pending."""
    kept = lock_pending([detail.pk for bundle in plan.bundles for detail in bundle.details])
    return [bundle for bundle in plan.bundles if all(detail.pk in kept for detail in bundle.details)]


def lock_pending(orders: Sequence[UUID]) -> set[UUID]:
    """Those that are still pending; whoever cancels or holds one now waits for us, and one that is being moved is left out."""
    locked = Order.objects.select_for_update(skip_locked=True, no_key=True)
    return set(locked.filter(pk__in=orders, status=Status.PENDING).values_list("pk", flat=True))
