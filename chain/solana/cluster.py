"""A network of Solana behind one or several URLs, asked in turn; or each by itself, where the word of one is not enough.

Which cluster a URL serves is checked before its first answer is believed, and again after each fault.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from chain import rpc_urls
from chain.errors import ChainError, RpcUnavailable, WrongCluster
from chain.models import Network
from chain.solana.rpc import Blockhash, Commitment, Rpc, SendAnswer, Sent
from chain.urls import Target

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one node told of the chain and one wallet: its newest confirmed slot, the height of its newest finalized block, what
    a transaction signed now is bound to, and the wallet's lamports.
    """

    slot: int
    final_height: int
    blockhash: Blockhash
    balance: int


class Cluster:
    """All nodes of one network. Threads may share it."""

    def __init__(self, targets: Sequence[Target], genesis_hash: str) -> None:
        self.genesis_hash = genesis_hash
        self._nodes = [Rpc(target) for target in targets]
        self._favourite: Rpc | None = None

    def ask(self, question: Callable[[Rpc], T]) -> T:
        """The first answer. Raises RpcUnavailable, RpcError, WrongCluster: the last fault, when no node answers."""
        trouble: ChainError = RpcUnavailable("No RPC URL is given.")
        for node in self._in_turn():
            try:
                answer = self._ask(node, question)
            except ChainError as error:
                trouble = error
            else:
                self._favourite = node
                return answer
        raise trouble

    def everywhere(self, question: Callable[[Rpc], T]) -> list[T | ChainError]:
        """What each node says, in the order of the URLs; a fault in the place of an answer."""
        return [self._try(node, question) for node in self._nodes]

    def send(self, raw: bytes) -> Sent:
        """Hand signed bytes to the first node that takes them. Raises nothing: whatever nodes say, they may be in a block.

        Without a try-out: that was made before they were signed, and a node that makes it anew may only be behind.
        """
        sent = Sent(SendAnswer.UNKNOWN, "No node was asked.")
        for node in self._in_turn():
            sent = self._send(node, raw)
            if sent.answer == SendAnswer.ACCEPTED:
                break
        return sent

    def turn_away(self) -> None:
        """Ask the others first for a while: the one that answered last is behind."""
        if self._favourite is not None:
            self._favourite.endpoint.fails()
            self._favourite = None

    def snapshot(self, address: str) -> Snapshot:
        """From one node. Raises as `ask`."""
        return self.ask(
            lambda node: Snapshot(
                node.slot(Commitment.CONFIRMED),
                node.block_height(Commitment.FINALIZED),
                node.latest_blockhash(Commitment.CONFIRMED),
                node.balance(address, Commitment.CONFIRMED),
            )
        )

    def _in_turn(self) -> list[Rpc]:
        """The one that worked last, then those that have not failed of late, then the rest."""
        now = time.monotonic()
        return sorted(self._nodes, key=lambda node: (node is not self._favourite, node.endpoint.rests_until > now))

    def _try(self, node: Rpc, question: Callable[[Rpc], T]) -> T | ChainError:
        try:
            return self._ask(node, question)
        except ChainError as error:
            return error

    def _send(self, node: Rpc, raw: bytes) -> Sent:
        told = self._try(node, lambda node: node.send(raw, Commitment.CONFIRMED, skip_preflight=True))
        return Sent(SendAnswer.UNKNOWN, str(told)) if isinstance(told, ChainError) else told

    def _ask(self, node: Rpc, question: Callable[[Rpc], T]) -> T:
        try:
            if not node.endpoint.verified:
                self._verify(node)
            answer = question(node)
        except RpcUnavailable:
            node.endpoint.fails()
            raise
        node.endpoint.works()
        return answer

    def _verify(self, node: Rpc) -> None:
        served = node.genesis_hash()
        if served != self.genesis_hash:
            raise WrongCluster(self.genesis_hash, served)
        node.endpoint.verified = True


def cluster_for(network: Network) -> Cluster:
    """The one of this process, so that connections and what was learned about the nodes last."""
    return _cluster(rpc_urls.targets(network.rpc_urls, development=network.is_development), network.genesis_hash)


@lru_cache(maxsize=64)
def _cluster(targets: tuple[Target, ...], genesis_hash: str) -> Cluster:
    return Cluster(targets, genesis_hash)
