"""A staking contract for the model chain: it believes every signature and has no tokens, but takes a signature id once."""

from typing import Any

from chain.calls import Signature, encode
from stakes import defaults
from tests.factories import TELLING
from tests.model_chain import ModelChain, Result

STAKE = Signature.parse(defaults.STAKE)
STAKED = Signature.parse(TELLING["stake_event"])
USED = Signature.parse("Error(string reason)").encode(["ERROR:SMH-001:SIGNATURE_USED"])


class ModelStaking:
    """Stakes only."""

    def __init__(self, chain: ModelChain, address: str) -> None:
        self.address = address
        self.used: set[tuple[str, bytes]] = set()
        chain.contracts[address] = self

    def __call__(self, data: bytes, mined: bool) -> Result:
        owner, target, amount, signature_id, _ = STAKE.decode(data)
        if (owner, signature_id) in self.used:
            return Result(False, 30_000, data=USED)
        if mined:
            self.used.add((owner, signature_id))
        return Result(True, 90_000, (self._staked(owner, target, amount, signature_id),))

    def _staked(self, owner: str, target: int, amount: int, signature_id: bytes) -> dict[str, Any]:
        words = (bytes.fromhex(owner[2:]), signature_id, target.to_bytes(12))
        topics = [STAKED.topic, *("0x" + word.rjust(32, b"\0").hex() for word in words)]
        data = "0x" + encode(("uint96", "uint256"), (len(self.used), amount)).hex()
        return {"address": self.address, "topics": topics, "data": data, "logIndex": "0x0"}
