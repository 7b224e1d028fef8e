"""A collection's contract for the model chain."""

from typing import Any

from chain.calls import CodecError, Signature
from tests.model_badge import MULTICALL, REFUSED, TRANSFER
from tests.model_chain import ModelChain, Result

SAFE_MINT = Signature.parse("safeMint(address to, uint256 tokenId)")
SET_BASE_URI = Signature.parse("setBaseURI(string uri)")
CLOSED = Signature.parse("Error(string reason)").encode(["closed for today"])


class ModelGallery:
    """An ERC-721 whose caller names the token: `safeMint`, `multicall` of it, and `setBaseURI`."""

    def __init__(self, chain: ModelChain, address: str, gas: int = 50_000) -> None:
        self.address, self.gas = address, gas
        self.closed = False  # to setBaseURI
        self.turned = False  # the same in a block, although the simulation passed
        self.refused: set[str] = set()  # recipients
        self.folders: list[str] = []  # every base URI that a block has set
        chain.contracts[address] = self

    def __call__(self, data: bytes, mined: bool) -> Result:
        try:
            if data[:4] == SET_BASE_URI.selector:
                return self._set(SET_BASE_URI.decode(data)[0], mined)
            parts = list(MULTICALL.decode(data)[0]) if data[:4] == MULTICALL.selector else [data]
            results = [self._mint(*SAFE_MINT.decode(part)) for part in parts]
        except CodecError:
            return Result(False, 25_000)
        bad = next((result for result in results if not result.ok), None)
        return bad or Result(True, sum(each.gas for each in results), tuple(log for each in results for log in each.logs))

    def _set(self, uri: str, mined: bool) -> Result:
        if self.closed or (mined and self.turned):
            return Result(False, 25_000, data=CLOSED)
        if mined:
            self.folders.append(uri)
        return Result(True, self.gas)

    def _mint(self, recipient: str, token: int) -> Result:
        if recipient in self.refused:
            return Result(False, 25_000, data=REFUSED.encode([recipient]))
        return Result(True, self.gas, (self._minted(recipient, token),))

    def _minted(self, recipient: str, token: int) -> dict[str, Any]:
        words = [b"", bytes.fromhex(recipient[2:]), token.to_bytes(32)]
        topics = [TRANSFER.topic, *("0x" + word.rjust(32, b"\0").hex() for word in words)]
        return {"address": self.address, "topics": topics, "data": "0x", "logIndex": "0x0"}
