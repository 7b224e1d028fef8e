"""Conclusions that no single node's word is enough for. Every URL of the network is asked, and one that fails ends the inquiry.

- A stranger took our nonce: each node sees the nonce spent for good, and none has any payload of ours.
- The chain has changed below finality: each node has another block where a final transaction of ours was.
"""

from chain.evm.node import Node
from chain.models import Network, Transaction

ENOUGH = 2  # nodes that must agree before a transaction is given up as a stranger's


def witnesses_of_a_stranger(node: Node, network: Network, transaction: Transaction) -> int:
    """How many nodes say that the nonce is spent for good by something that is not ours; 0 unless all of them do.

    Raises RpcUnavailable when one of them does not answer: then nothing is known.
    """
    nodes = node.apart()
    return len(nodes) if all(_sees_a_stranger(each, network, transaction) for each in nodes) else 0


def _sees_a_stranger(node: Node, network: Network, transaction: Transaction) -> bool:
    address, tag = transaction.wallet.address, network.uses_finalized_tag
    if node.final_nonce(address, network.confirmations, finalized_tag=tag) <= transaction.nonce:
        return False
    # Asked after the nonce: a node that has seen it spent by one of ours has the receipt by now, or at least the transaction.
    hashes = [attempt.hash for attempt in transaction.attempts.all()]
    return not node.receipts(hashes) and not any(map(node.knows, hashes))


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
    """The same, by the word of every node."""
    return all(has_moved(each, transaction) for each in node.apart())
