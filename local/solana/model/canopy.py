"""The upper levels of a tree, kept behind it in its account, so that proofs can be shorter.

Node 1 is the root and is not kept; node n has the children 2n and 2n+1; node n stands at place n-2.
"""

from collections.abc import Sequence

from local.solana.model.tree import EMPTIES, EMPTY, Change

_NODE = 32


class CanopyError(ValueError):
    """These bytes are no canopy; the message is the program's."""


def levels(canopy: int, depth: int) -> int:
    """Of a canopy of so many nodes. Raises CanopyError."""
    whole = canopy + 2
    if whole & (whole - 1):
        raise CanopyError(f"Canopy length {canopy} is not 2 less than a power of 2")
    if whole > 1 << (depth + 1):
        raise CanopyError(f"Canopy size is too large. Size: {whole - 2}. Max size: {(1 << (depth + 1)) - 2}")
    return whole.bit_length() - 2


def update(data: bytearray, at: int, change: Change) -> None:
    """Write the change's upper nodes. Raises CanopyError."""
    depth = len(change.path)
    kept = levels((len(data) - at) // _NODE, depth)
    for level in range(depth - kept, depth):
        number = (1 << depth - level) + (change.index >> level)
        place = at + (number - 2) * _NODE
        data[place : place + _NODE] = change.path[level]


def complete(proof: Sequence[bytes], canopy: bytes, depth: int, index: int) -> list[bytes]:
    """The proof with what the canopy knows of it, where the proof ends. Raises CanopyError."""
    kept = levels(len(canopy) // _NODE, depth)
    known = [_sibling(canopy, depth, ((1 << depth) + index) >> level, level) for level in range(depth - kept, depth)]
    overlap = max(len(proof) + len(known) - depth, 0)
    return [*proof, *known[overlap:]]


def unknown(proof: Sequence[bytes], canopy: bytes) -> list[int]:
    """The levels of the canopy where a whole proof has empty nodes."""
    depth = len(proof)
    first = depth - levels(len(canopy) // _NODE, depth)
    return [level for level in range(first, depth) if proof[level] == EMPTIES[level]]


def _sibling(canopy: bytes, depth: int, number: int, level: int) -> bytes:
    place = ((number ^ 1) - 2) * _NODE
    node = canopy[place : place + _NODE]
    return EMPTIES[level] if node == EMPTY else node
