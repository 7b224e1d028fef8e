"""The gate through which an order goes again: it asks every node of the network about everything that was ever signed for the
order, and about what its recipient was given.

Asking happens outside of any database transaction; `orders.actions` then moves the order under its row lock, and only if nobody
has moved it since.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from chain.errors import ChainError, RpcError
from chain.events import Emitted
from chain.evm.answers import Receipt
from chain.evm.node import Node
from chain.forwarder import executed
from chain.forwarding import life_of
from chain.models import Attempt, Network, Transaction
from chain.requests import ForwardRequest
from chain.states import AttemptKind, RequestOutcome
from chain.witnesses import block_before, everywhere, fate_of, hear
from orders import sponsored
from orders.details import group_name
from orders.gate.evidence import evidence
from orders.gate.judgement import Asked, Bound, Facts, Finding, Word, decide
from orders.models import Event, Order
from orders.payments import Owed, Payment, Source
from orders.queue import Detail, Question, Queue, Verdict, queues
from orders.states import Reason, Status

log = logging.getLogger(__name__)

MANY_BLOCKS = 1_000_000  # at once, where a node is willing: an order may be old, and its recipient's events are few


def find(order: Order) -> Finding:
    """Judge one order, of whatever status. Asks all nodes, writes nothing; silence of a node is a finding, never an error."""
    if order.wallet.network.is_solana:
        from orders.solana import gate  # noqa: PLC0415 - solders takes 14 MB, and only Solana needs it

        return gate.find(order, transactions_of(order))
    inquiry = _inquire(order)
    nodes = everywhere(inquiry.network, partial(_ask, inquiry))
    for fault in (node for node in nodes if isinstance(node, ChainError)):
        log.warning("node_gave_no_evidence", extra={"order": str(order.pk), "fault": str(fault)})
    words = [node for node in nodes if isinstance(node, Word)]
    bound = [_bound(inquiry, transaction, words) for transaction in inquiry.transactions]
    payments = _accounted(inquiry, {payment for word in words for payment in word.payments})
    deciding = next((question.name for question in inquiry.questions if question.decides), "")
    requests = [_asked(request, bound, words) for request in inquiry.requests]
    facts = Facts(order.revision, inquiry.owed.recipient, nodes, bound, payments, deciding, requests)
    finding = decide(facts)
    return replace(finding, evidence=evidence(facts, finding))


@dataclass(frozen=True, slots=True)
class _Inquiry:
    """All that the database knows and the nodes are asked about."""

    order: Order
    queue: Queue
    detail: Detail
    owed: Owed
    source: Source
    questions: Sequence[Question]
    transactions: Sequence[Transaction]
    requests: Sequence[ForwardRequest]
    since: int | None

    @property
    def network(self) -> Network:
        return self.order.wallet.network

    @property
    def hashes(self) -> list[str]:
        return [attempt.hash for transaction in self.transactions for attempt in transaction.attempts.all()]


def _inquire(order: Order) -> _Inquiry:
    queue = queues()[order.kind]
    (detail,) = queue.load([order.pk])
    owed = queue.owed(detail)
    source = queue.source(getattr(detail, group_name(queue)), owed.recipient)
    requests = list(ForwardRequest.objects.filter(order=order.pk).select_related("signer"))
    return _Inquiry(
        order, queue, detail, owed, source, queue.questions(detail), transactions_of(order), requests, _block_before(order)
    )  # fmt: skip


def transactions_of(order: Order) -> list[Transaction]:
    """Every transaction that the order was ever bound to, by its history, with all attempts."""
    ever = Transaction.objects.filter(event__order=order).distinct().order_by("nonce")
    return list(ever.defer("data").prefetch_related("attempts"))


def _block_before(order: Order) -> int | None:
    """A block that was there before the order, by the wallet's own final transactions; None where there is none to tell."""
    earlier = order.wallet.transactions.filter(final_at__lt=order.created, block_number__isnull=False)
    return earlier.order_by("-nonce").values_list("block_number", flat=True).first()


# -- asking one node -----------------------------------------------------------------------------------------------------


def _ask(inquiry: _Inquiry, node: Node) -> Word:
    """Raises ChainError."""
    wallet, source = inquiry.order.wallet, inquiry.source
    statement = hear(node, inquiry.network, wallet.address, inquiry.hashes)
    answers = {question.name: _answer(node, question, wallet.address) for question in inquiry.questions}
    lives = life_of(node, inquiry.network, inquiry.requests) if inquiry.requests else {}
    since = inquiry.since
    if since is None:
        since = block_before(node, inquiry.order.created, statement.head)
    if not source.topics:
        return Word(statement, since, (), answers, lives)
    given = source.read(list(node.logs([source.contract], source.topics, since, statement.head, most=MANY_BLOCKS)))
    mine = [payment for payment in given if payment.recipient == inquiry.owed.recipient]
    return Word(statement, since, mine, answers, lives)


def _answer(node: Node, question: Question, sender: str) -> int | None:
    """The first word that the contract returns; None where it refuses. Raises RpcUnavailable."""
    try:
        return int.from_bytes(node.call(question.call, sender)[:32])
    except RpcError:
        return None


# -- what it comes to ------------------------------------------------------------------------------------------------------


def _bound(inquiry: _Inquiry, transaction: Transaction, words: Sequence[Word]) -> Bound:
    attempts = list(transaction.attempts.all())
    fate = fate_of(transaction, [word.statement for word in words])
    if not (fate.attempt and fate.receipt and fate.receipt.succeeded) or fate.attempt.kind == AttemptKind.CANCEL:
        return Bound(transaction, attempts, fate)
    says = _noted(inquiry.order, transaction, fate.receipt) or _read(inquiry, transaction, fate.receipt)
    return Bound(transaction, attempts, fate, says, _logs(inquiry, fate.receipt, says))


def _noted(order: Order, transaction: Transaction, receipt: Receipt) -> Verdict | None:
    """What this very receipt came to when it was settled, where that needs no second reading.

    A step that was made is not seen in the order's details as they are now.
    """
    settled = Event.objects.filter(order=order, transaction=transaction, from_status=Status.BUSY)
    event = settled.filter(evidence__hash=receipt.tx_hash).order_by("-id").first()
    if event is None or not (event.to_status == Status.COMPLETED or event.reason == Reason.NEXT_STEP):
        return None
    return Verdict(order.pk, Status(event.to_status), note=event.note)


def _read(inquiry: _Inquiry, transaction: Transaction, receipt: Receipt) -> Verdict:
    """The receipt's events, judged with those of all orders that it was to pay, as when it is settled."""
    bound = Order.objects.filter(events__transaction=transaction, events__to_status=Status.BUSY).distinct()
    details = inquiry.queue.load(list(bound.order_by("created", "id").values_list("pk", flat=True)))
    mine = inquiry.order.pk
    requests = list(ForwardRequest.objects.filter(transaction=transaction).select_related("signer"))
    ends = sponsored.ends_in(requests, receipt.logs)
    try:
        verdicts = sponsored.read(inquiry.queue, details, ends, receipt.logs)
        return next(verdict for verdict in verdicts if verdict.order == mine)
    except Exception:
        log.exception("receipt_not_readable", extra={"transaction": str(transaction.pk)})
        return Verdict(mine, Status.HELD, Reason.REVIEW, "Its events could not be read.")


def _asked(request: ForwardRequest, bound: Sequence[Bound], words: Sequence[Word]) -> Asked:
    receipts = [each.fate.receipt for each in bound if each.fate.receipt is not None]
    named = (request.signer.address, request.nonce)
    here = any(named in executed(receipt.logs, request.forwarder) for receipt in receipts)
    return Asked(request, [word.lives[request.pk] for word in words], here or _used_by_another(request))


def _used_by_another(request: ForwardRequest) -> bool:
    """Whether another request of ours was settled as the one that used this nonce: signed anew, once the first was dead."""
    settled = ForwardRequest.objects.filter(outcome__in=[RequestOutcome.EXECUTED, RequestOutcome.FAILED]).exclude(pk=request.pk)
    return settled.filter(signer=request.signer, forwarder=request.forwarder, nonce=request.nonce).exists()


def _logs(inquiry: _Inquiry, receipt: Receipt, says: Verdict) -> list[int]:
    """The places in the block of the events that gave the recipient something."""
    emitted = [Emitted(log, receipt.tx_hash, receipt.block_number, receipt.block_hash) for log in receipt.logs]
    ids = says.facts.get("token_ids")
    given = [p for p in inquiry.source.read(emitted) if p.recipient in ("", inquiry.owed.recipient)]
    return [p.log_index for p in given if p.log_index is not None and (ids is None or p.token_id in ids)]


def _accounted(inquiry: _Inquiry, payments: Collection[Payment]) -> list[tuple[Payment, bool]]:
    """Each payment, with whether an order accounts for it.

    What one of our own transactions paid is its orders': whether it paid this one, its receipt says. What somebody else has
    paid out in another order's name, such as its poll, is that order's; what carries another signature id is none of ours.
    """
    in_order = sorted(payments, key=lambda payment: (payment.block_number, payment.log_index or 0))
    ours = set(Attempt.objects.filter(hash__in={each.tx_hash for each in in_order}).values_list("hash", flat=True))
    named = inquiry.queue.named([each for each in in_order if each.tx_hash not in ours])
    others = {name for name, detail in named.items() if detail.pk != inquiry.order.pk}
    explained = others | {(each.contract, each.token_id) for each in in_order if inquiry.owed.excludes(each)}
    return [(each, each.tx_hash in ours or (each.contract, each.token_id) in explained) for each in in_order]
