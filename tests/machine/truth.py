"""What must hold after every single step: the database by SQL, the chain by its own ledger. Invariants of reliability.md 3.11.

I1 an order is on its way in at most one transaction     I2 all attempts of a transaction are one payload, or its cancellation
I3 nothing on the chain from our wallet but our attempts     I4 nonces have no gap     I5 no order is paid twice or wrongly
I7 an order is let go only by a final transaction that did not pay it     I8 no byte is sent before it is committed
I9 nothing is signed above the ceiling.     I6, that every order is accounted for, is asked at the end: `tests.machine.ending`.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from chain.states import Outcome, TransactionStatus, WalletStatus
from orders.states import Reason, Status
from tests.machine.actors import Registrar
from tests.machine.model import Chain, decoded

REFUSED = (Reason.SIMULATION_REVERTED, Reason.REVERTED, Reason.NOT_PAID)
MAY_BE_PAID = {Status.BUSY, Status.COMPLETED}

# An order, and what its recipient is to get.
_ORDERS = """
SELECT o.id, o.status, o.reason, o.fail_reason, o."group", o.transaction_id, o.revision, coalesce(c.recipient, w.recipient),
       coalesce(c.quantity::numeric, w.amount), t.status, t.outcome, t.mined_hash,
       EXISTS (SELECT FROM orders_event e WHERE e.order_id = o.id AND e.reason IN ('review', 'foreign'))
FROM orders_order o LEFT JOIN claims_claim c ON c.order_id = o.id LEFT JOIN withdrawals_withdrawal w ON w.order_id = o.id
LEFT JOIN chain_transaction t ON t.id = o.transaction_id ORDER BY o.created, o.id
"""
_ATTEMPTS = """
SELECT a.id, a.kind, a.hash, a.raw, a.max_fee, a.tip, t.id, t.nonce, t.status, t.outcome, t."to", t.data, t.value, t.gas_limit
FROM chain_attempt a RIGHT JOIN chain_transaction t ON t.id = a.transaction_id ORDER BY t.nonce, a.id
"""
# Orders bound more than once at a time, by their whole history: every transaction but the last one must be over and unpaid.
_LET_GO = """
SELECT e.order_id, t.nonce, t.status, t.outcome FROM orders_event e JOIN chain_transaction t ON t.id = e.transaction_id
WHERE e.from_status = 'busy' AND e.to_status <> 'completed'
  AND (t.status <> 'final' OR (t.outcome = 'succeeded' AND e.reason NOT IN ('review', 'next_step', 'not_paid')))
"""


class Seen(NamedTuple):
    """A row of orders, as it stands."""

    id: UUID
    status: str
    reason: str
    fail_reason: str
    group: UUID
    transaction: UUID | None
    revision: int
    recipient: str
    amount: int
    transaction_status: str | None
    outcome: str | None
    mined_hash: str | None
    was_in_doubt: bool


class Signed(NamedTuple):
    """A row of attempts beside its transaction."""

    id: int | None
    kind: str
    hash: str
    raw: bytes
    max_fee: int
    tip: int
    transaction: UUID
    nonce: int
    status: str
    outcome: str
    to: str
    data: bytes
    value: int
    gas_limit: int


class Violated(AssertionError):
    """An invariant does not hold."""


def hold(holds: object, what: str) -> None:
    if not holds:
        raise Violated(what)


def orders() -> list[Seen]:
    return [Seen(*row)._replace(amount=int(row[8])) for row in _rows(_ORDERS)]


def _rows(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


@dataclass(slots=True)
class Truth:
    """The observer. It remembers what it has seen, so that it notices what changes and must not."""

    chain: Chain
    wallet: UUID
    assets: dict[UUID, str]  # by group: what its orders are paid in, as the ledger names it
    ceilings: list[int]  # wei; those in force at any time during the present step
    signed: dict[int, Signed] = field(default_factory=dict)
    was_closed: bool = False
    stopped: set[UUID] = field(default_factory=set)
    transactions: int = 0
    bound: set[tuple[UUID, UUID]] = field(default_factory=set)
    sent_too_early: list[str] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)  # at the last look
    rewritten: bool = False  # the chain has lost blocks that were final: then what was completed may be unpaid

    def check(self) -> None:
        hold(not self.sent_too_early, f"I8: {self.sent_too_early}")
        self.seen = seen = orders()
        attempts = self._attempts()
        self._one_payload(attempts)
        self._nonces(attempts)
        self._paid_once(seen)
        self._completed_are_paid(seen)
        self._bound_well(seen)
        self._failed_truly(seen)
        self._let_go()
        self._only_ours()
        self._obeys(seen, attempts)

    # -- I2, I9 ----------------------------------------------------------------------------------------------------

    def _attempts(self) -> list[Signed]:
        return [Signed(*row)._replace(raw=bytes(row[3] or b""), data=bytes(row[11])) for row in _rows(_ATTEMPTS)]

    def _one_payload(self, attempts: list[Signed]) -> None:
        for each in attempts:
            if each.id is None:
                hold(each.outcome == Outcome.FOREIGN, f"nonce {each.nonce} has signed bytes")
                continue
            before = self.signed.get(each.id)
            if before is None:
                self._new_payload(each)
                self.signed[each.id] = each
            elif before._replace(status=each.status, outcome=each.outcome) != each:
                raise Violated(f"what was signed changed: {before} is now {each}")
        hold(set(self.signed) == {each.id for each in attempts if each.id}, "no attempt vanishes")

    def _new_payload(self, new: Signed) -> None:
        tx = decoded(new.raw)
        payload = (tx.to, tx.value, tx.data)
        wanted = (tx.sender, 0, b"") if new.kind == "cancel" else (new.to, int(new.value), new.data)
        hold(payload == wanted, f"I2: attempt {new.hash} carries {payload}, and its transaction {wanted}")
        facts = (tx.hash, tx.nonce, tx.max_fee, tx.tip, tx.chain_id)
        hold(facts == (new.hash, new.nonce, new.max_fee, new.tip, self.chain.chain_id), f"I2: {new} holds other bytes: {facts}")
        hold(new.max_fee <= max(self.ceilings), f"I9: {new.max_fee} wei signed under a ceiling of {self.ceilings}")

    # -- I4 --------------------------------------------------------------------------------------------------------

    def _nonces(self, attempts: list[Signed]) -> None:
        nonces = sorted({each.nonce for each in attempts})
        ((following,),) = _rows("SELECT next_nonce FROM chain_wallet")
        expected = list(range(following - len(nonces), following)) if nonces else []
        hold(nonces == expected, f"I4: nonces {nonces}, and the next one is {following}")

    # -- I5 --------------------------------------------------------------------------------------------------------

    def _paid_once(self, seen: list[Seen]) -> None:
        """Whatever the chain has paid belongs to as many orders that may have been paid."""
        paid = Counter(payment[:3] for payment in self.chain.now.payments)
        may_be = (order for order in seen if order.status in MAY_BE_PAID or order.was_in_doubt or self.rewritten)
        open_to_it = Counter(self.key(order) for order in may_be)
        hold(not paid - open_to_it, f"I5: paid without an order that may be: {paid - open_to_it}")

    def _completed_are_paid(self, seen: list[Seen]) -> None:
        paid: Counter[tuple[object, ...]] = Counter(self.chain.now.payments)
        if self.rewritten:
            return
        completed: Counter[tuple[object, ...]] = Counter(
            (*self.key(order), order.mined_hash) for order in seen if order.status == Status.COMPLETED
        )
        hold(not completed - paid, f"I5: completed, and the chain has not paid it there: {completed - paid}")

    def key(self, order: Seen) -> tuple[str, str, int]:
        return self.assets[order.group], order.recipient, order.amount

    # -- I1, I7 ----------------------------------------------------------------------------------------------------

    def _bound_well(self, seen: list[Seen]) -> None:
        for order in seen:
            if order.status == Status.BUSY:
                hold(order.transaction_status != TransactionStatus.FINAL, f"I1: {order.id} is busy with what is final")

    def _failed_truly(self, seen: list[Seen]) -> None:
        """Only a contract's refusal fails an order, never a node, nor our own lack of anything."""
        for order in seen:
            if order.status == Status.FAILED:
                let_down = self.chain.code.refusals | (self.chain.code.silences if order.reason == Reason.NOT_PAID else set())
                told = order.reason in REFUSED and order.fail_reason
                hold(told and order.recipient in let_down, f"failed though nothing ever refused it: {order}")

    def _let_go(self) -> None:
        wrong = _rows(_LET_GO)
        hold(self.rewritten or not wrong, f"I7: let go of by a transaction that may have paid: {wrong}")

    # -- I3 --------------------------------------------------------------------------------------------------------

    def _only_ours(self) -> None:
        known = {each.hash for each in self.signed.values()} | self.chain.strangers
        foreign = [tx.hash for tx, _, _ in self.chain.mined() if tx.hash not in known]
        hold(not foreign, f"I3: on the chain, and signed nowhere here: {foreign}")

    def owed(self, order: Seen) -> bool:
        """Whether the chain has not paid it, as somebody sees who looks at the ledger itself."""
        paid = Counter(payment[:3] for payment in self.chain.now.payments)
        done = Counter(self.key(each) for each in self.seen if each.status == Status.COMPLETED)
        return paid[self.key(order)] <= done[self.key(order)]

    # -- what people said -------------------------------------------------------------------------------------------

    def _obeys(self, seen: list[Seen], attempts: list[Signed]) -> None:
        """A wallet that was not active before this step has signed nothing new in it, nor has a group that was stopped."""
        ((status,),) = _rows("SELECT status FROM chain_wallet")
        transactions = len({each.transaction for each in attempts if each.id})
        upkeep = bool(_rows("SELECT FROM chain_installation WHERE maintenance_since IS NOT NULL"))
        closed = status != WalletStatus.ACTIVE or upkeep
        if closed and self.was_closed:
            hold(transactions == self.transactions, f"a {status} wallet signs nothing new{', nor any in maintenance' * upkeep}")
        stopped = {group for (group,) in _rows('SELECT "group" FROM orders_stop')}
        bound = {(order.id, order.transaction) for order in seen if order.status == Status.BUSY and order.transaction}
        groups = {order.id: order.group for order in seen}
        new = {groups[order] for order, _ in bound - self.bound}
        hold(not new & stopped & self.stopped, "nothing of a stopped group is signed")
        self.was_closed, self.transactions, self.stopped, self.bound = closed, transactions, stopped, bound

    # -- I8 --------------------------------------------------------------------------------------------------------

    def on_send(self, raw: bytes) -> None:
        """As bytes reach a node: they are in a committed row, for a connection that has no part in it."""
        row = Registrar.connection.execute(
            "SELECT t.nonce < w.next_nonce FROM chain_attempt a JOIN chain_transaction t ON t.id = a.transaction_id "
            "JOIN chain_wallet w ON w.id = t.wallet_id WHERE a.raw = %s AND a.hash = %s",
            [raw, decoded(raw).hash],
        ).fetchone()
        if row != (True,):
            self.sent_too_early.append(f"bytes reached a node before they were committed: {decoded(raw)}")
