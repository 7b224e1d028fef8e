"""The node clients of this process: one a network, so that connections and what was learned about them last."""

from functools import lru_cache

from chain import rpc_urls
from chain.errors import ChainError, RpcUnavailable, WrongChain
from chain.evm import answers
from chain.evm.endpoint import Endpoint
from chain.evm.node import Node
from chain.models import Network
from chain.urls import Target


class NoEvmNode(ChainError):
    """Its network is Solana: no EVM node speaks for it."""


def node_for(network: Network) -> Node:
    """Raises NoEvmNode."""
    if network.is_solana:
        raise NoEvmNode
    return _node(rpc_urls.targets(network.rpc_urls, development=network.is_development), network.evm_id)


@lru_cache(maxsize=256)
def _node(targets: tuple[Target, ...], chain_id: int) -> Node:
    return Node(targets, chain_id)


def chain_id_of(rpc_urls_text: str) -> int:
    """The id of the chain behind these URLs, which nobody has said yet: all that answer must say the same.

    Raises RpcUnavailable when none answers, WrongChain when they are of different chains.
    """
    said: set[int] = set()
    trouble: ChainError = RpcUnavailable("No RPC URL is given.")
    for target in rpc_urls.targets(rpc_urls_text, development=False):
        try:
            said.add(_asked(target))
        except ChainError as error:
            trouble = error
    if len(said) > 1:
        raise WrongChain(*sorted(said)[:2])
    if not said:
        raise trouble
    return said.pop()


def _asked(target: Target) -> int:
    endpoint = Endpoint(target, connect_timeout=2.0, read_timeout=5.0)
    return answers.quantity(
        answers.result_of(endpoint.post({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}))
    )
