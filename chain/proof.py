"""What the chain says of what is stored: which nonces are spent and by what, and whether what is called final is there.

Only answers count that show something: another block's hash, a block without the transaction, somebody else's transaction.
A node that is silent, behind, or contradicts itself makes the audit incomplete, and proves nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.db.models import Count, Max, Min, Q

from chain.errors import ChainError, RpcError
from chain.evm.answers import BlockFacts, Receipt, Snapshot
from chain.evm.node import Node
from chain.evm.ranges import MOST_BLOCKS
from chain.findings import ChainCode, Finding, of_transaction
from chain.models import Network, Transaction, Wallet
from chain.nodes import node_for
from chain.states import OPEN, AttemptKind, Outcome, TransactionStatus, WalletStatus
from chain.steering import missing_nonces

AT_ONCE = 100  # receipts or blocks in one request
MOST_TRANSACTIONS = 500  # of ours, in the blocks that are looked at together
FINAL = Q(status=TransactionStatus.FINAL)
SEARCHED = 50  # spent nonces of one wallet whose transaction is looked for


class Unclear(ChainError):
    """The node's answers do not fit together: it is behind, or lies."""


class TimeUp(ChainError):
    """There was no time for more blocks."""


@dataclass(frozen=True, slots=True)
class View:
    """One network as it is audited: its wallets, its node, and the blocks from `first` to the last final one."""

    network: Network
    wallets: Sequence[Wallet]
    node: Node
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A final transaction of ours with the receipt that the chain has of it now."""

    transaction: Transaction
    receipt: Receipt


def view(network: Network, wallets: Sequence[Wallet], from_block: int | None) -> View:
    """Raises ChainError, and Unclear for a node that has not come to where our transactions are final already."""
    ours = Transaction.objects.filter(wallet__in=wallets).aggregate(
        first=Min("block_number"), last=Max("block_number", filter=FINAL)
    )
    node = node_for(network)
    last = last_final(node.snapshot(wallets[0].address, finalized_tag=network.uses_finalized_tag), network)
    if ours["last"] is not None and ours["last"] > last:
        raise Unclear(f"the node's last final block is {last}, and ours are final up to {ours['last']}: it is behind")
    start = from_block if from_block is not None else (ours["first"] or 0)
    return View(network, wallets, node, start, last)


def last_final(snapshot: Snapshot, network: Network) -> int:
    """The height of the last block that is final; -1 where none is yet."""
    if network.uses_finalized_tag:
        return -1 if snapshot.finalized_number is None else snapshot.finalized_number
    return max(-1, snapshot.head_number - network.confirmations + 1)


# -- nonces ------------------------------------------------------------------------------------------------------------


def spent(view: View, wallet: Wallet) -> Iterator[Finding]:
    """I3: nothing is on the chain from this wallet that is not a stored attempt. Raises ChainError."""
    if view.last < 0:
        return
    count = view.node.nonce(wallet.address, hex(view.last))
    # A wallet that was never used here may have a past of its own.
    missing = [] if wallet.next_nonce is None else [nonce for nonce in missing_nonces(wallet, count) if nonce < count]
    for nonce in missing[:SEARCHED]:
        yield _not_stored(view, wallet, nonce)
    if len(missing) > SEARCHED:
        yield _not_stored(view, wallet, count - 1)
    yield from _foreign(view, wallet, count)


def _not_stored(view: View, wallet: Wallet, nonce: int) -> Finding:
    tx_hash = spender(view, wallet, nonce)
    by = f"transaction {tx_hash}" if tx_hash else "a transaction that the node does not tell"
    sentence = f"Wallet {wallet.name}: nonce {nonce} is spent on the chain by {by}, which is not stored here."
    facts = {"nonce": nonce, "block": view.last}
    return Finding(
        ChainCode.NONCE_NOT_STORED, f"{wallet.pk}:{nonce}", sentence, wallet=wallet, tx_hash=tx_hash or "", evidence=facts
    )


def _foreign(view: View, wallet: Wallet, count: int) -> Iterator[Finding]:
    """Nonces of ours that another transaction has: as the chain shows now, or as was found and nobody has looked at yet."""
    lost = wallet.transactions.filter(outcome=Outcome.FOREIGN, wallet__status=WalletStatus.QUARANTINED)
    for transaction in lost.select_related("wallet"):
        yield of_transaction(ChainCode.FOREIGN_NONCE, transaction, "another transaction has taken its nonce.")
    waiting = wallet.transactions.filter(status__in=OPEN, nonce__lt=count).select_related("wallet").prefetch_related("attempts")
    for transaction in waiting:
        hashes = {attempt.hash for attempt in transaction.attempts.all()}
        if view.node.receipts(hashes):
            continue  # mined as it was signed; its lane has not looked yet
        tx_hash = spender(view, wallet, transaction.nonce)
        if tx_hash is None or tx_hash in hashes:
            raise Unclear(f"the node counts nonce {transaction.nonce} of {wallet.name} as spent, and shows no transaction")
        found = of_transaction(ChainCode.FOREIGN_NONCE, transaction, f"{tx_hash} has taken its nonce.", signed=sorted(hashes))
        yield replace(found, tx_hash=tx_hash)


def spender(view: View, wallet: Wallet, nonce: int) -> str | None:
    """The hash of the transaction that spent a nonce. None where the node no longer knows old nonces."""
    low, high = 0, view.last
    try:
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if view.node.nonce(wallet.address, hex(middle)) > nonce else (middle + 1, high)
    except RpcError:  # most nodes keep the state of the last blocks only
        return None
    return view.node.spender(wallet.address, nonce, low)


# -- final transactions ------------------------------------------------------------------------------------------------


def windows(view: View) -> Iterator[tuple[int, int]]:
    """All blocks of the view in order, cut so that neither too many blocks nor too many of our transactions are in one part."""
    rows = Transaction.objects.filter(wallet__in=view.wallets, block_number__range=(view.first, view.last))
    counts = rows.order_by("block_number").values_list("block_number").annotate(count=Count("pk"))
    first, held = view.first, 0
    for number, count in counts:
        while number - first >= MOST_BLOCKS:
            yield first, first + MOST_BLOCKS - 1
            first, held = first + MOST_BLOCKS, 0
        if held and held + count > MOST_TRANSACTIONS:
            yield first, number - 1
            first, held = number, 0
        held += count
    while first <= view.last:
        yield first, min(view.last, first + MOST_BLOCKS - 1)
        first += MOST_BLOCKS


def ended(view: View, first: int, last: int) -> tuple[list[Ended], list[Finding]]:
    """Our final transactions in these blocks as the chain has them, and those it has not. Raises ChainError."""
    rows = Transaction.objects.filter(
        wallet__in=view.wallets, status=TransactionStatus.FINAL, block_number__range=(first, last)
    ).select_related("wallet")
    there: list[Ended] = []
    findings: list[Finding] = []
    for some in _parts(list(rows.prefetch_related("attempts"))):
        receipts = view.node.receipts(transaction.mined_hash for transaction in some)
        blocks = view.node.blocks({transaction.block_number for transaction in some if transaction.block_number is not None})
        for transaction in some:
            found = _judge(transaction, receipts.get(transaction.mined_hash), blocks)
            findings += [found] if isinstance(found, Finding) else _outcome(found)
            there += [] if isinstance(found, Finding) else [found]
    return there, findings


def _parts(rows: Sequence[Transaction]) -> Iterator[Sequence[Transaction]]:
    return (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))


def _judge(transaction: Transaction, receipt: Receipt | None, blocks: dict[int, BlockFacts]) -> Ended | Finding:
    number = transaction.block_number or 0
    told = partial(of_transaction, transaction=transaction, block=number)
    block = blocks.get(number)
    if block is None:
        raise Unclear(f"the node has no block {number}, in which {transaction.mined_hash} is final")
    if block.hash != transaction.block_hash:
        sentence = f"block {number}, in which it was final, is not in the chain any more; {block.hash} is in its place."
        return told(ChainCode.BLOCK_NOT_CANONICAL, sentence=sentence, stored=transaction.block_hash, chain=block.hash)
    if transaction.mined_hash not in block.transactions:
        return told(ChainCode.NOT_ON_CHAIN, sentence=f"it is stored as final in block {number}, which does not have it.")
    if receipt is None or receipt.block_hash != block.hash:
        raise Unclear(f"the node has {transaction.mined_hash} in block {number}, and no receipt of it from there")
    return Ended(transaction, receipt)


def _outcome(end: Ended) -> list[Finding]:
    transaction = end.transaction
    mined = next((attempt for attempt in transaction.attempts.all() if attempt.hash == transaction.mined_hash), None)
    if mined is None:
        sentence = f"{transaction.mined_hash}, stored as what was mined, was never signed for it."
        return [of_transaction(ChainCode.OUTCOME_DIFFERS, transaction, sentence)]
    says = Outcome.SUCCEEDED if end.receipt.succeeded else Outcome.REVERTED
    says = Outcome.CANCELLED if mined.kind == AttemptKind.CANCEL else says
    if says == transaction.outcome:
        return []
    sentence = f"it is stored as {transaction.outcome}, and the chain says {says.value}."
    return [of_transaction(ChainCode.OUTCOME_DIFFERS, transaction, sentence, stored=transaction.outcome, chain=says.value)]
