"""A ledger on disk, so that a later cluster goes on where this one stopped: its blocks, which are played again.

What still waited for a block is not kept, as if no leader had taken it.
"""

import base64
import json
from pathlib import Path

from local.solana.blocks import Block
from local.solana.ledger import Ledger
from local.solana.posted import read

_ENCODING = "base64"


class NotOurs(ValueError):
    """The file is none of this cluster's; the message says what is wrong with it."""


def write(ledger: Ledger, path: Path) -> None:
    """All of the file or none of it."""
    blocks = [_told(block) for block in reversed(list(ledger.chain.newest_first()))]
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(json.dumps({"genesis": ledger.genesis.hex(), "slot": ledger.slot, "blocks": blocks[1:]}))
    beside.replace(path)


def load(ledger: Ledger, path: Path) -> None:
    """Into a ledger that has no block yet but its first. Raises NotOurs."""
    try:
        kept = json.loads(path.read_text())
        genesis = kept["genesis"]
    except (ValueError, KeyError, TypeError):
        raise NotOurs(f"{path} has no blocks in it.") from None
    if genesis != ledger.genesis.hex():
        raise NotOurs(f"{path} has the blocks of another cluster.")
    for slot, time, transactions in kept["blocks"]:
        ledger.slot = slot
        ledger.fill([read(raw, _ENCODING) for raw in transactions], time)
    ledger.slot = kept["slot"]


def _told(block: Block) -> tuple[int, int, list[str]]:
    return block.slot, block.time, [base64.b64encode(entry.posted.raw).decode() for entry in block.entries]
