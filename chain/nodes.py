"""The node clients of this process: one a network, so that connections and what was learned about them last."""

from functools import lru_cache

from chain import rpc_urls
from chain.evm.node import Node
from chain.models import Network
from chain.urls import Target


def node_for(network: Network) -> Node:
    return _node(rpc_urls.targets(network.rpc_urls, development=network.is_development), network.chain_id)


@lru_cache(maxsize=256)
def _node(targets: tuple[Target, ...], chain_id: int) -> Node:
    return Node(targets, chain_id)
