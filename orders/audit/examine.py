"""The audit: everything that is stored against the rules, and the chain's events against the orders, both ways.

It changes nothing, sends nothing, and holds no database transaction while it asks a node. A node that cannot be asked makes the
audit incomplete, which is a finding of its own: such an audit is never clean, and blames no order.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db.models import Q

from chain import audit, proof
from chain.audit import Course, Scope
from chain.errors import ChainError
from chain.events import Emitted
from chain.findings import Finding, incomplete, of_transaction
from chain.models import Transaction, Wallet
from chain.proof import Ended, TimeUp, Unclear, View
from chain.states import Outcome
from orders import ground
from orders.audit import invariants, strangers
from orders.audit.codes import OrderCode
from orders.audit.ledger import Carried, compare
from orders.audit.strangers import Named, named
from orders.details import group_model
from orders.models import Event, Order
from orders.payments import Payment, Source, Step, native
from orders.queue import queues
from orders.states import Status


@dataclass(frozen=True, slots=True)
class Book:
    """Where the payments of one network's rewards and pools show, by contract (in lower case)."""

    sources: dict[str, list[Source]]

    def read(self, emitted: Sequence[Emitted]) -> list[Payment]:
        return [paid for each in emitted for source in self._of(each.log.address) for paid in source.read([each])]

    def guards(self, contract: str) -> bool:
        """Whether nobody but us should pay from this contract."""
        return all(source.guarded for source in self._of(contract))

    def _of(self, contract: str) -> Sequence[Source]:
        return self.sources.get(contract.lower(), ())


def examine(scope: Scope, course: Course | None = None) -> Iterator[Finding]:
    """Everything that is not as it must be. None: all of it is. Do not hold a database transaction while you read this."""
    course = course or Course()
    yield from audit.check(scope, course.watch)
    yield from invariants.check(scope, course.watch)
    by_network = sorted(scope.wallets, key=lambda wallet: wallet.network_id)
    for network_id, wallets in groupby(by_network, key=lambda wallet: wallet.network_id):
        some = list(wallets)
        network = some[0].network
        try:
            if network.is_solana:
                from orders.solana import audit as solana  # noqa: PLC0415 - solders takes 14 MB, and only Solana needs it

                yield from solana.examine(network, some, scope, course)
            else:
                yield from _examine_network(proof.view(network, some, scope.from_blocks.get(network_id)), course)
        except ChainError as error:
            yield incomplete(f"Network {network.name}", error)


def _examine_network(view: View, course: Course) -> Iterator[Finding]:
    """Raises ChainError; `course` has how far it came."""
    for wallet in view.wallets:
        try:
            yield from proof.spent(view, wallet)
        except Unclear as error:
            yield incomplete(f"Wallet {wallet.name}", error, wallet)
    book = _book(view.wallets)
    name, total = f"blocks of {view.network.name}", view.last - view.first + 1
    for first, last in proof.windows(view):
        if not course.goes_on():
            raise TimeUp(f"the time was up at block {first}; the next run goes on from there")
        course.watch(name, first - view.first, total)
        yield from _examine_blocks(view, book, first, last)
        course.reached[view.network.pk] = last
    course.watch(name, total, total)


def _examine_blocks(view: View, book: Book, first: int, last: int) -> Iterator[Finding]:
    # The chain before the database: what the chain has by then, the database has had for longer.
    scanned: dict[str, Counter[Payment]] = defaultdict(Counter)
    for payment in _scan(view, book, first, last):
        scanned[payment.tx_hash][payment] += 1
    ended, findings = proof.ended(view, first, last)
    yield from findings
    carried = _carried([end.transaction for end in ended])
    laid = ground.done_by([end.transaction for end in ended])
    polls = named([payment for payments in scanned.values() for payment in payments])
    for end in ended:
        orders = _with_polls(carried[end.transaction.pk], polls, scanned[end.transaction.mined_hash])
        payments = _payments(book, end, orders, scanned[end.transaction.mined_hash])
        if not orders and not payments and end.transaction.pk not in laid and _does_something(end.transaction):
            yield of_transaction(OrderCode.TRANSACTION_WITHOUT_ORDER, end.transaction, "no order asked for it.")
        yield from compare(end.transaction, payments.elements(), orders)
    yield from strangers.check(view, book.guards, polls, scanned)


# -- what the chain has ------------------------------------------------------------------------------------------------


def _book(wallets: Sequence[Wallet]) -> Book:
    """Of all groups that these wallets pay for, or have orders of."""
    found: dict[str, list[Source]] = defaultdict(list)
    mine = Order.objects.filter(wallet__in=wallets).order_by()
    for kind, queue in queues().items():
        used = mine.filter(kind=kind).values("group").distinct()
        groups = group_model(queue)._default_manager.filter(Q(wallet__in=wallets) | Q(pk__in=used))
        for group in groups.select_related("wallet"):
            _enter(found, queue.source(group, None))
    return Book(found)


def _enter(found: dict[str, list[Source]], source: Source) -> None:
    """Each event of a contract once, however many groups share it; it is guarded if all of them say so."""
    if not source.contract:
        return
    entries = found[source.contract.lower()]
    same = next((each for each in entries if each.topics == source.topics), None)
    if same is not None and not source.guarded:
        entries.remove(same)
    if same is None or not source.guarded:
        entries.append(source)


def _scan(view: View, book: Book, first: int, last: int) -> Iterator[Payment]:
    """All payments in these blocks, whoever made them: one look for all contracts whose events look alike."""
    contracts: dict[object, list[str]] = defaultdict(list)
    topics = {source.topics: source.topics for sources in book.sources.values() for source in sources}
    for contract, sources in book.sources.items():
        for source in sources:
            contracts[source.topics].append(contract)
    for wanted in topics.values():
        for emitted in view.node.logs(contracts[wanted], wanted, first, last):
            yield from book.read([emitted])


def _payments(book: Book, end: Ended, orders: Collection[Carried], scanned: Counter[Payment]) -> Counter[Payment]:
    """What a transaction of ours paid, from its own receipt. Raises Unclear when the node's logs have less than that."""
    receipt = end.receipt
    emitted = [Emitted(log, receipt.tx_hash, receipt.block_number, receipt.block_hash) for log in receipt.logs]
    own = Counter(book.read(emitted))
    if own - scanned:
        raise Unclear(f"the node's logs lack payments that the receipt of {receipt.tx_hash} has")
    transaction = end.transaction
    coin = not orders or any(not each.owed.contract for each in orders)
    if receipt.succeeded and transaction.outcome == Outcome.SUCCEEDED and transaction.value > 0 and coin:
        own[native(receipt.tx_hash, receipt.block_number, transaction.to, transaction.value)] += 1
    return own | scanned


def _does_something(transaction: Transaction) -> bool:
    """It is not an empty one to its own wallet, which fills a nonce and pays nobody."""
    empty = (transaction.to, transaction.value, bytes(transaction.data)) == (transaction.wallet.address, 0, b"")
    return transaction.outcome == Outcome.SUCCEEDED and not empty


# -- what the orders have ----------------------------------------------------------------------------------------------


def _carried(transactions: Sequence[Transaction]) -> dict[UUID, list[Carried]]:
    """The orders that each transaction was ever bound to, those that have left it too, oldest first."""
    ids = [transaction.pk for transaction in transactions]
    bound = Event.objects.filter(transaction__in=ids, to_status=Status.BUSY).order_by().values_list("transaction", "order")
    now = Order.objects.filter(transaction__in=ids).order_by().values_list("transaction", "pk")
    pairs = sorted({*bound, *now}, key=lambda pair: pair[1])
    details = _details({order for _, order in pairs})
    found: dict[UUID, list[Carried]] = defaultdict(list)
    for transaction, order in pairs:
        if order in details:
            found[transaction].append(_as_carried(details[order], transaction))
    return found


def _details(orders: Collection[UUID]) -> dict[UUID, Carried]:
    """As `Carried`, still without the transaction."""
    found: dict[UUID, Carried] = {}
    for queue in queues().values():
        rows = queue.details._default_manager.filter(pk__in=orders).select_related("order__wallet", queue.related)
        found |= {row.pk: Carried(row.order, queue.owed(row), here=False) for row in rows}  # type: ignore[attr-defined]
    return found


def _with_polls(orders: list[Carried], polls: Named, payments: Collection[Payment]) -> list[Carried]:
    """And those that name a poll of this transaction, though their history has lost it: a journal brought them back."""
    there = {each.order.pk for each in orders}
    owners = (polls.get((payment.contract, payment.token_id)) for payment in payments if payment.step == Step.PROPOSED)
    return [*orders, *(Carried(*owner, here=False) for owner in owners if owner and owner[0].pk not in there)]


def _as_carried(each: Carried, transaction: UUID) -> Carried:
    here = each.order.status == Status.COMPLETED and each.order.transaction_id == transaction
    return Carried(each.order, each.owed, here)
