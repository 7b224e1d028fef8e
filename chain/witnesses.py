"""What all nodes of a network say of a wallet's nonces: each URL asked by itself, and what their words come to together.

For questions whose wrong answer pays twice. One node's silence proves nothing, so a conclusion here takes the same word from
every URL of the network; where they differ, or one says nothing, there is none. A person asks all at once (`everywhere`); the
lane asks one after the other, and the first that fails ends it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from chain import decisions
from chain.errors import ChainError
from chain.evm.answers import Receipt, Snapshot
from chain.evm.node import Node
from chain.models import Attempt, Network, Transaction
from chain.nodes import NoEvmNode, node_for

T = TypeVar("T")
ENOUGH = 2  # nodes that must agree before a transaction is given up as a stranger's
AT_ONCE = 8  # nodes; one that hangs does not keep the others waiting
CLOCKS_DIFFER = timedelta(minutes=15)  # at most, between the database and the makers of blocks


@dataclass(frozen=True, slots=True)
class Statement:
    """One node's word on one wallet, in blocks, nonces and receipts by hash.

    `spent` counts the nonces used up to block `final`, the newest that will not leave the chain; -1 when there is none yet.
    `nonce` counts those used up to its head.
    Of the receipts only those are here whose block is this node's own at that height; `known` are the hashes without one that
    the node has heard of nevertheless.
    """

    head: int
    final: int
    spent: int
    nonce: int
    receipts: Mapping[str, Receipt]
    known: frozenset[str] = frozenset()


class Course(StrEnum):
    """What became of a nonce. OPEN is said of one that anything may still take."""

    OPEN = "open"
    LANDED = "landed"  # one of our payloads took it, for good
    FOREIGN = "foreign"  # it is spent for good, and by none of our payloads
    DISPUTED = "disputed"  # the nodes differ, or there is none to ask


@dataclass(frozen=True, slots=True)
class Fate:
    """What all nodes together say of one transaction; which attempt and which receipt, where it landed."""

    course: Course
    attempt: Attempt | None = None
    receipt: Receipt | None = None


def everywhere(network: Network, question: Callable[[Node], T]) -> list[T | ChainError]:
    """Each node's answer, in the order of the network's URLs; its ChainError where it has none. No database in `question`.

    A network of Solana has none that could be asked like this: that is one node's ChainError, so that nothing is concluded.
    """
    if network.is_solana:
        return [NoEvmNode()]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(lambda node: _answer(node, question), node_for(network).apart()))


def _answer(node: Node, question: Callable[[Node], T]) -> T | ChainError:
    try:
        return question(node)
    except ChainError as error:
        return error


def hear(node: Node, network: Network, address: str, hashes: Collection[str]) -> Statement:
    """Ask one node about a wallet and the attempts with these hashes. Raises ChainError."""
    snapshot = node.snapshot(address, finalized_tag=network.uses_finalized_tag)
    final = final_block(snapshot, network)
    spent = node.nonce(address, hex(final)) if final >= 0 else 0
    receipts = node.receipts(hashes)
    there = {number: node.block_hash(number) for number in {receipt.block_number for receipt in receipts.values()}}
    canonical = {key: receipt for key, receipt in receipts.items() if there[receipt.block_number] == receipt.block_hash}
    known = _known(node, [each for each in hashes if each not in canonical])
    return Statement(snapshot.head_number, final, spent, snapshot.nonce, canonical, known)


def _known(node: Node, hashes: Sequence[str]) -> frozenset[str]:
    """Those that the node has, in a block or in its pool: a receipt may come late, or be lost. Raises ChainError."""
    found = node.batch([("eth_getTransactionByHash", [each]) for each in hashes])
    for refusal in (each for each in found if isinstance(each, ChainError)):
        raise refusal
    return frozenset(each for each, transaction in zip(hashes, found, strict=True) if transaction is not None)


def final_block(snapshot: Snapshot, network: Network) -> int:
    """The newest block that will not leave the chain; -1 when there is none yet."""
    if network.uses_finalized_tag:
        return -1 if snapshot.finalized_number is None else snapshot.finalized_number
    return max(-1, snapshot.head_number - network.confirmations + 1)


def block_before(node: Node, moment: datetime, head: int) -> int:
    """A block that was certainly there at this moment, by blocks' own times; 0 where the chain's clock is not to be compared.

    Raises ChainError.
    """
    goal = (moment - CLOCKS_DIFFER).timestamp()
    low, high = 0, head
    if node.time(head) < goal:
        return 0
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if node.time(middle) < goal else (low, middle)
    return low


def fate_of(transaction: Transaction, statements: Sequence[Statement]) -> Fate:
    """What they all say of this nonce, or that they do not say the same. Pure."""
    said = [_fate_by(transaction, statement) for statement in statements]
    return said[0] if said and len({_key(fate) for fate in said}) == 1 else Fate(Course.DISPUTED)


def behind(statements: Sequence[Statement]) -> list[Statement]:
    """Those who have not yet seen what is final for another: of late their word is only that they do not know."""
    final = max((statement.final for statement in statements), default=-1)
    return [statement for statement in statements if statement.head < final]


def _fate_by(transaction: Transaction, statement: Statement) -> Fate:
    found = decisions.mined_attempt(transaction, statement.receipts)
    if transaction.nonce >= statement.spent:
        return Fate(Course.OPEN)
    if found is None:
        heard = any(attempt.hash in statement.known for attempt in transaction.attempts.all())
        return Fate(Course.DISPUTED if heard else Course.FOREIGN)
    attempt, receipt = found
    return Fate(Course.LANDED, attempt, receipt) if receipt.block_number <= statement.final else Fate(Course.DISPUTED)


def _key(fate: Fate) -> tuple[Any, ...]:
    """What two nodes must agree on. The gas price is left out: some do not keep it."""
    receipt = fate.receipt
    facts = (receipt.tx_hash, receipt.block_number, receipt.block_hash, receipt.succeeded, receipt.logs) if receipt else ()
    return (fate.course, *facts)


# -- what the lane concludes -----------------------------------------------------------------------------------------------


def witnesses_of_a_stranger(node: Node, network: Network, transaction: Transaction) -> int:
    """How many nodes say that the nonce is spent for good by something that is not ours; 0 unless all of them do.

    Raises ChainError when one of them does not answer: then nothing is known.
    """
    hashes = [attempt.hash for attempt in transaction.attempts.all()]
    said = [hear(each, network, transaction.wallet.address, hashes) for each in node.apart()]
    return len(said) if fate_of(transaction, said).course == Course.FOREIGN else 0


def verdict(transaction: Transaction, witnesses: int) -> str:
    """For people, why the wallet is quarantined."""
    what = f"Nonce {transaction.nonce} was spent by a transaction that was not made here"
    if witnesses >= ENOUGH:
        return f"{what}; {witnesses} nodes agree."
    return f"{what}, says the only node there is to ask. Give the network a second RPC URL, so that it can be concluded."


def has_moved(node: Node, transaction: Transaction) -> bool:
    """Whether the node has another block where that of this transaction was. Raises RpcUnavailable."""
    assert transaction.block_number is not None
    return node.block_hash(transaction.block_number) not in (None, transaction.block_hash)


def rewritten(node: Node, transaction: Transaction) -> bool:
    """The chain has changed below finality: the same, by the word of every node."""
    return all(has_moved(each, transaction) for each in node.apart())
