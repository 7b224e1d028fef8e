"""What a wallet's key has signed and this database does not know of: then it is older than the chain, or somebody else has the
key. The leaves of a tree tell that each time; before there is a tree only the wallet's own history does.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chain.errors import ChainError, RpcUnavailable
from chain.models import Attempt, Wallet
from chain.solana.cluster import Cluster
from chain.solana.rpc import MOST_LISTED, Commitment, Rpc

Line = Mapping[str, Any]
_MOST_PAGES = 5  # of transactions that name a wallet and are not ours: whoever pays it is among them


def strange(cluster: Cluster, wallet: Wallet) -> str:
    """A sentence on such a transaction; empty where no node has one, and every node has said so. Raises ChainError."""
    for told in cluster.everywhere(lambda node: _unknown(node, wallet)):
        if isinstance(told, ChainError):
            raise told
        if told:
            return f"Transaction {told} is signed by this wallet's key, and nobody has it here."
    return ""


def _unknown(node: Rpc, wallet: Wallet) -> str:
    """The signature of the newest that the wallet has paid for; empty where there is none."""
    for line in _newer(node, wallet):
        answer = node.transaction(line["signature"], Commitment.CONFIRMED)
        if answer is None:
            raise RpcUnavailable(f"{node.endpoint.name} lists a transaction and does not have it.")
        if _payer(answer) == wallet.address:
            return str(line["signature"])
    return ""


def _newer(node: Rpc, wallet: Wallet) -> Iterator[Line]:
    """What names the wallet, newest first, down to the newest that is stored, that people have looked at, or that is older than
    the wallet's row: what its key did before that is nothing of ours.
    """
    before = ""
    for _ in range(_MOST_PAGES):
        lines = node.signatures(wallet.address, Commitment.CONFIRMED, before)
        known = set(Attempt.objects.filter(hash__in=[line["signature"] for line in lines]).values_list("hash", flat=True))
        for line in lines:
            if line["signature"] in known or line["slot"] <= wallet.trusted_block or _is_older(line, wallet):
                return
            yield line
        if len(lines) < MOST_LISTED:
            return
        before = lines[-1]["signature"]
    raise RpcUnavailable(f"{node.endpoint.name} lists more transactions of wallet {wallet.name} than can be looked at.")


def _is_older(line: Line, wallet: Wallet) -> bool:
    """By the time that stands in the wallet's id (UUIDv7). Blocks tell theirs in whole seconds, if at all."""
    then = line.get("blockTime")
    return isinstance(then, int) and then * 1000 <= wallet.pk.int >> 80


def _payer(answer: Line) -> str:
    try:
        return str(answer["transaction"]["message"]["accountKeys"][0])
    except (KeyError, TypeError, IndexError) as error:
        raise RpcUnavailable("The node's transaction has not the form of one.") from error
