"""The compiled contracts of the demo and the tests; `contracts/README.md` says what each is for."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_ARTIFACTS = Path(__file__).parent / "artifacts"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract."""

    name: str
    abi: tuple[dict[str, Any], ...]
    """The Solidity contract ABI specification's JSON: one entry per function, event and error."""
    bytecode: bytes
    """What a deployment sends, followed by the ABI-encoded constructor arguments."""
    runtime: bytes
    """What stands at the address afterwards; immutables are still zero in it."""


@cache
def artifact(name: str) -> Artifact:
    """Load `contracts/artifacts/<name>.json`. Raises FileNotFoundError for an unknown contract."""
    fields = json.loads((_ARTIFACTS / f"{name}.json").read_text())
    return Artifact(
        name=fields["contractName"],
        abi=tuple(fields["abi"]),
        bytecode=bytes.fromhex(fields["bytecode"].removeprefix("0x")),
        runtime=bytes.fromhex(fields["deployedBytecode"].removeprefix("0x")),
    )
