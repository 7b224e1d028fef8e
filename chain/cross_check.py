"""A second pair of eyes: contract events read through web3.py, so that what our own client and decoders say can be checked.

Slow to import and to run, and so never used on the way of an order.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any


def events(url: str, contract: str, abi: Sequence[Mapping[str, Any]], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every event of that name which the contract ever emitted: its transaction's hash and its arguments by name."""
    from web3 import HTTPProvider, Web3  # noqa: PLC0415 - two seconds and 50 MB, for whoever asks for a witness only

    web3 = Web3(HTTPProvider(url))
    found = web3.eth.contract(address=Web3.to_checksum_address(contract), abi=list(abi)).events[name]
    for log in found().get_logs(from_block=0):
        yield Web3.to_hex(log["transactionHash"]), dict(log["args"])


def answers(url: str, contract: str, abi: Sequence[Mapping[str, Any]], name: str, given: Iterable[Any]) -> list[Any]:
    """What a function of the contract says now, for each of these arguments."""
    from web3 import HTTPProvider, Web3  # noqa: PLC0415 - as above

    web3 = Web3(HTTPProvider(url))
    asked = web3.eth.contract(address=Web3.to_checksum_address(contract), abi=list(abi)).functions[name]
    return [asked(each).call() for each in given]
