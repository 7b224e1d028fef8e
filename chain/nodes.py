"""The node clients of this process: one a network, so that connections and what was learned about them last."""

from functools import lru_cache

from chain import rpc_urls
from chain.evm.node import Node
from chain.models import Network


def node_for(network: Network) -> Node:
    return _node(tuple(rpc_urls.resolve(network.rpc_urls)), network.chain_id)


@lru_cache(maxsize=256)
def _node(urls: tuple[str, ...], chain_id: int) -> Node:
    return Node(urls, chain_id)
