"""The audit of a network of Solana: each final transaction by each node, each tree's leaves against the items, both ways."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db.models import Count, Max, QuerySet

from chain.audit import Course, Scope
from chain.findings import ChainCode, Finding
from chain.models import Attempt, Network, Transaction, Wallet
from chain.proof import TimeUp
from chain.solana import landing as landings
from chain.solana import proof
from chain.solana.minted import Minted
from chain.solana.observing import count
from chain.solana.proof import View
from chain.solana.rpc import Commitment
from chain.states import Outcome, TransactionStatus
from orders import ground
from orders.audit.codes import OrderCode
from orders.audit.findings import of_order
from orders.groundwork import Groundwork, Work
from orders.models import Order
from orders.queue import Detail, queues
from orders.states import Status

STRANGERS = 50  # transactions of a tree that are told of


def examine(network: Network, wallets: Sequence[Wallet], scope: Scope, course: Course) -> Iterator[Finding]:
    """Raises ChainError; `course` has how far it came."""
    ours = Transaction.objects.filter(wallet__in=wallets, status=TransactionStatus.FINAL).exclude(outcome=Outcome.FOREIGN)
    view = proof.view(network, wallets, ours.aggregate(last=Max("block_number"))["last"] or 0)
    trees = list(Groundwork.objects.filter(wallet__in=wallets, work=Work.TREE, done_at__isnull=False).select_related("wallet"))
    for done, tree in enumerate(trees):
        course.watch(f"trees of {network.name}", done, len(trees))
        yield from _tree(view, tree)
    yield from _transactions(view, ours, scope, course)
    yield from view.missing()
    course.reached[network.pk] = view.last


# -- trees ---------------------------------------------------------------------------------------------------------------


def _tree(view: View, tree: Groundwork) -> Iterator[Finding]:
    """The chain before the database: what the chain has by then, the database has had for longer, or it is on its way."""
    before, address = tree.leaves, tree.address
    counts = dict(view.ask(lambda rpc: count(rpc, address, {address: before}, Commitment.FINALIZED)))
    coming = tree.wallet.transactions.open().filter(to=address).aggregate(leaves=Count("orders"))["leaves"]
    tree.refresh_from_db()
    noted = tree.leaves
    items = sum(queue.details._default_manager.filter(tree=address).count() for queue in queues().values() if queue.leaf)
    tree.refresh_from_db()  # what a lane has settled meanwhile
    for node, leaves in counts.items():
        if not before <= leaves <= tree.leaves + coming:
            sentence = f"it has {leaves:,} leaves by {node.name}, and {tree.leaves:,} are noted here."
            yield _of_tree(tree, "noted", sentence, leaves=leaves, noted=tree.leaves, coming=coming)
            break
    if not noted <= items <= tree.leaves:
        sentence = f"{noted:,} of its leaves are noted here, and {items:,} of them are items'."
        yield _of_tree(tree, "items", sentence, noted=noted, items=items)
    if items + coming < max(counts.values()):
        yield from _strangers(view, tree)


def _of_tree(tree: Groundwork, what: str, sentence: str, **evidence: int) -> Finding:
    named = f"Tree {tree.address} of wallet {tree.wallet.name}: {sentence}"
    return Finding(ChainCode.LEAVES_DIFFER, f"{tree.address}:{what}", named, wallet=tree.wallet, evidence=evidence)


def _strangers(view: View, tree: Groundwork) -> Iterator[Finding]:
    """Who minted what no item accounts for."""
    found = proof.minters(view, tree.address, _known)
    for told, (signature, slot, mints) in enumerate(found):
        if told == STRANGERS:
            return
        sentence = f"Transaction {signature}, which is not stored here, minted {mints} into tree {tree.address}."
        yield Finding(
            ChainCode.MINTED_BY_OTHERS, f"{tree.address}:{signature}", sentence, wallet=tree.wallet, tx_hash=signature,
            evidence={"slot": slot, "mints": mints},
        )  # fmt: skip


def _known(signatures: Sequence[str]) -> set[str]:
    return set(Attempt.objects.filter(hash__in=signatures).values_list("hash", flat=True))


# -- final transactions ------------------------------------------------------------------------------------------------


def _transactions(view: View, ours: QuerySet[Transaction], scope: Scope, course: Course) -> Iterator[Finding]:
    """Those without a block each time that they are new. Raises TimeUp, ChainError."""
    ids, name = _due(view, ours, scope), f"transactions of {view.network.name}"
    for start in range(0, len(ids), proof.AT_ONCE):
        rows = ours.filter(pk__in=ids[start : start + proof.AT_ONCE]).order_by("block_number", "pk")
        some = list(rows.select_related("wallet").defer("data").prefetch_related("attempts"))
        if not course.goes_on():
            raise TimeUp(f"the time was up at slot {some[0].block_number}; the next run goes on from there")
        course.watch(name, start, len(ids))
        yield from proof.ended(view, some)
        yield from _minted(view, [each for each in some if each.outcome == Outcome.SUCCEEDED])
        course.reached[view.network.pk] = max(each.block_number or 0 for each in some)
    course.watch(name, len(ids), len(ids))


def _due(view: View, ours: QuerySet[Transaction], scope: Scope) -> Sequence[UUID]:
    first = scope.from_blocks.get(view.network.pk, 0)
    landed, expired = ours.filter(block_number__range=(first, view.last)), ours.filter(block_number=None)
    if scope.since is not None:
        expired = expired.filter(final_at__gte=scope.since)
    return [*expired.values_list("pk", flat=True), *landed.order_by("block_number", "pk").values_list("pk", flat=True)]


def _minted(view: View, succeeded: Sequence[Transaction]) -> Iterator[Finding]:
    """I5: each completed item has its leaf, and each leaf its item. Raises ChainError."""
    orders: dict[UUID, list[Order]] = defaultdict(list)
    for order in Order.objects.filter(transaction__in=[each.pk for each in succeeded]).select_related("wallet"):
        orders[order.transaction_id].append(order)  # type: ignore[index]
    laid = ground.done_by(succeeded)
    for transaction in succeeded:
        if transaction.pk in laid:
            continue
        answer = view.cluster.ask(lambda rpc, hash_=transaction.mined_hash: rpc.transaction(hash_, Commitment.FINALIZED))  # type: ignore[misc]
        if answer is not None:
            leaves = {leaf.index: leaf for leaf in landings.read(answer).leaves}
            yield from _compare(transaction, orders[transaction.pk], leaves)


def _compare(transaction: Transaction, orders: Sequence[Order], leaves: dict[int, Minted]) -> Iterator[Finding]:
    completed = [order for order in orders if order.status == Status.COMPLETED]
    for order in completed:
        (detail,) = queues()[order.kind].load([order.pk])
        leaf = leaves.pop(detail.leaf_index, None)
        if leaf is None:
            said = f"its transaction has minted no leaf {detail.leaf_index}."
            yield of_order(OrderCode.NOT_PAID, order, said, tx_hash=transaction.mined_hash)
        elif not _is_its(detail, leaf):
            said = f"leaf {leaf.index} on the chain is another one than is stored."
            yield of_order(OrderCode.WRONG_TOKEN, order, said, tx_hash=transaction.mined_hash, leaf=leaf.leaf.hex())
    for leaf in leaves.values():
        sentence = (
            f"Transaction {transaction.mined_hash} of wallet {transaction.wallet.name} minted leaf {leaf.index}, no item's."
        )
        yield Finding(
            OrderCode.PAID_WITHOUT_ORDER, f"{transaction.mined_hash}:{leaf.index}", sentence, wallet=transaction.wallet,
            transaction=transaction.pk, tx_hash=transaction.mined_hash, evidence={"leaf": leaf.index, "asset": str(leaf.asset)},
        )  # fmt: skip


def _is_its(detail: Detail, leaf: Minted) -> bool:
    return (leaf.leaf.hex(), str(leaf.asset), str(leaf.owner)) == (detail.leaf_hash, detail.asset_id, detail.recipient)
