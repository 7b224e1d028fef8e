"""The gate through which an item on Solana goes again. As `orders.gate.retry`: all nodes are asked, nothing is written.

Its tree is part of the question: a leaf that is not noted here may be the item, minted by something that is not stored here.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import Count

from chain.errors import ChainError
from chain.models import Transaction
from chain.solana import landing as landings
from chain.solana import minting
from chain.solana.cluster import cluster_for
from chain.solana.landing import Landing
from chain.solana.minted import Minted
from chain.solana.rpc import Commitment
from chain.solana.witnesses import Course, Fate, Statement, fate_of, hear
from orders import ground
from orders.gate.judgement import Finding
from orders.groundwork import Groundwork, Work
from orders.models import Order
from orders.queue import Detail, Queue, Verdict, queues
from orders.solana.evidence import evidence
from orders.solana.judgement import Bound, Facts, Tree, decide
from orders.solana.plan import collection_of
from orders.solana.settle import verdict
from orders.states import Status

log = logging.getLogger(__name__)


def find(order: Order, transactions: Sequence[Transaction]) -> Finding:
    """Judge one item by all that it was ever bound to. Silence of a node is a finding, never an error."""
    inquiry = _inquire(order, transactions)
    nodes = hear(order.wallet.network, inquiry.hashes, [inquiry.tree.address] if inquiry.tree else [])
    for fault in (node for node in nodes if isinstance(node, ChainError)):
        log.warning("node_gave_no_evidence", extra={"order": str(order.pk), "fault": str(fault)})
    heard = [node for node in nodes if isinstance(node, Statement)]
    bound = [_bound(inquiry, transaction, heard) for transaction in transactions]
    facts = Facts(order.revision, getattr(inquiry.detail, inquiry.queue.recipient), nodes, bound, _tree(inquiry, heard))
    finding = decide(facts)
    return replace(finding, evidence=evidence(facts, finding))


@dataclass(frozen=True, slots=True)
class _Inquiry:
    """All that the database knows and the nodes are asked about. `others` are on their way into the same tree: each with how
    many leaves it makes if it lands.
    """

    order: Order
    queue: Queue
    detail: Detail
    transactions: Sequence[Transaction]
    works: Sequence[Groundwork]
    tree: Groundwork | None
    others: Sequence[tuple[Transaction, int]]

    @property
    def hashes(self) -> list[str]:
        asked = [*self.transactions, *(transaction for transaction, _ in self.others)]
        return list(dict.fromkeys(attempt.hash for transaction in asked for attempt in transaction.attempts.all()))


def _inquire(order: Order, transactions: Sequence[Transaction]) -> _Inquiry:
    """The transactions on their way are read before the leaves that are noted: what is settled in between is seen twice, and
    then refused, and never not at all.
    """
    queue = queues()[order.kind]
    (detail,) = queue.load([order.pk])
    works = ground.of(order.group)
    address = next((work.address for work in works if work.work == Work.TREE and work.done_at), "")
    others = _on_their_way(order, address) if address else []
    tree = Groundwork.objects.get(address=address) if address else None
    return _Inquiry(order, queue, detail, transactions, works, tree, others)


def _on_their_way(order: Order, tree: str) -> list[tuple[Transaction, int]]:
    rows = order.wallet.transactions.open().filter(to=tree).annotate(leaves=Count("orders")).prefetch_related("attempts")
    return [(row, row.leaves) for row in rows]  # type: ignore[attr-defined]


# -- what it comes to ------------------------------------------------------------------------------------------------------


def _bound(inquiry: _Inquiry, transaction: Transaction, heard: Sequence[Statement]) -> Bound:
    fate = fate_of(transaction, heard)
    if fate.course != Course.LANDED:
        return Bound(transaction, fate)
    landing = _landing(inquiry, fate)
    if landing is None:
        return Bound(transaction, Fate(Course.DISPUTED, fate.attempt))
    return Bound(transaction, fate, landing, _says(inquiry, transaction, landing))


def _landing(inquiry: _Inquiry, fate: Fate) -> Landing | None:
    """The transaction with its leaves, where all nodes show the same."""
    cluster, signature = cluster_for(inquiry.order.wallet.network), fate.attempt.hash
    answers = cluster.everywhere(lambda node: node.transaction(signature, Commitment.FINALIZED))
    try:
        read = {landings.read(answer) for answer in answers if answer is not None and not isinstance(answer, ChainError)}
    except ChainError:
        return None
    whole = all(answer is not None and not isinstance(answer, ChainError) for answer in answers)
    return read.pop() if whole and len(read) == 1 else None


def _says(inquiry: _Inquiry, transaction: Transaction, landing: Landing) -> Verdict:
    """Whether one of its leaves is this item, and no other item's."""
    assert inquiry.queue.leaf is not None
    tree, rows = transaction.to, inquiry.queue.details._default_manager
    taken = set(rows.filter(tree=tree).exclude(pk=inquiry.order.pk).values_list("leaf_index", flat=True))
    try:
        wanted, collection = inquiry.queue.leaf(inquiry.detail), collection_of(inquiry.works)
    except ChainError as error:
        return Verdict(inquiry.order.pk, Status.HELD, note=str(error))
    mine: Minted | None = next(
        (leaf for leaf in landing.leaves if leaf.index not in taken and minting.is_leaf(wanted, tree, collection, leaf)), None
    )
    return verdict(inquiry.detail, tree, mine)


def _tree(inquiry: _Inquiry, heard: Sequence[Statement]) -> Tree | None:
    """Its leaves by each node, and those that what is on its way accounts for, as far as that node has it landed."""
    if inquiry.tree is None:
        return None
    noted, address = inquiry.tree.leaves, inquiry.tree.address
    expected = [
        noted + sum(leaves for other, leaves in inquiry.others if fate_of(other, [each]).course == Course.LANDED)
        for each in heard
    ]
    return Tree(address, noted, expected, [each.leaves[address] for each in heard], more_to_come=bool(inquiry.others))
