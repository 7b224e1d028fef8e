"""Asking for logs in ranges of blocks that a node is willing to look through.

Each provider has limits of its own: on blocks, on logs, on time.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from chain.errors import RpcError, RpcUnavailable

T = TypeVar("T")

MOST_BLOCKS = 2_000
SILENCES = 4  # in a row; a node that is dead, and not merely asked for too much, is not asked for ever


def in_ranges(ask: Callable[[int, int], Sequence[T]], first: int, last: int, most: int = MOST_BLOCKS) -> Iterator[T]:
    """`ask(low, high)` for all blocks from `first` to `last`, both included, in order: half as many at once after each refusal,
    twice as many, up to `most`, after each answer. Raises what `ask` does when it refuses one block, or is silent too often.
    """
    size, silences = MOST_BLOCKS, 0
    while first <= last:
        high = min(last, first + size - 1)
        try:
            found = ask(first, high)
        except (RpcError, RpcUnavailable) as fault:  # too much at once looks like either
            silences = silences + 1 if isinstance(fault, RpcUnavailable) else 0
            if first == high or silences == SILENCES:
                raise
            size = (high - first + 1) // 2
            continue
        yield from found
        first, size, silences = high + 1, min(size * 2, most), 0
