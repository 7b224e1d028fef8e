"""A badge contract for the model chain."""

from typing import Any

from chain.calls import CodecError, Signature
from tests.model_chain import ModelChain, Result

CLAIM = Signature.parse("claim(address recipient, uint256 quantity)")
MULTICALL = Signature.parse("multicall(bytes[] data)")
REFUSED = Signature.parse("RecipientRefused(address recipient)")
TRANSFER = Signature.parse("Transfer(address indexed sender, address indexed to, uint256 indexed token)")


class ModelBadge:
    """An ERC-721 badge: `claim`, and `multicall` of claims, all or nothing."""

    def __init__(self, chain: ModelChain, address: str, gas: int = 50_000) -> None:
        self.address, self.gas = address, gas
        self.refused: set[str] = set()
        self.turned: set[str] = set()  # refused in a block although the simulation passed
        self.silent: set[str] = set()  # succeeds and mints nothing, in a block
        self._minted = 0
        chain.contracts[address] = self

    def __call__(self, data: bytes, mined: bool) -> Result:
        try:
            parts = list(MULTICALL.decode(data)[0]) if data[:4] == MULTICALL.selector else [data]
            results = [self._claim(part, mined) for part in parts]
        except CodecError:
            return Result(False, 25_000)
        bad = next((result for result in results if not result.ok), None)
        logs = tuple(log for result in results for log in result.logs)
        return bad or Result(True, sum(result.gas for result in results), logs)

    def _claim(self, data: bytes, mined: bool) -> Result:
        recipient, quantity = CLAIM.decode(data)
        if recipient in self.refused or (mined and recipient in self.turned):
            return Result(False, 25_000, data=REFUSED.encode([recipient]))
        if mined and recipient in self.silent:
            return Result(True, self.gas)
        return Result(True, self.gas, tuple(self.mint(recipient) for _ in range(quantity)))

    def mint(self, recipient: str) -> dict[str, Any]:
        self._minted += 1
        words = [b"", bytes.fromhex(recipient[2:]), self._minted.to_bytes(4)]
        topics = [TRANSFER.topic, *("0x" + word.rjust(32, b"\0").hex() for word in words)]
        return {"address": self.address, "topics": topics, "data": "0x", "logIndex": "0x0"}
