"""Several nodes on one chain, each with its own bad days: behind, on a dead branch, deaf, mute, slow, lying."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.chain.rpc_server import Refuse
from tests.machine.model import Chain, decoded
from tests.model_chain import Block, _hash

SEND = "eth_sendRawTransaction"
RECEIPT = "eth_getTransactionReceipt"


class Fault(StrEnum):
    """What happens to a request. The first group spoils the whole exchange, the second one the answers of one method."""

    LOST = "the request never arrives"
    MUTE = "the answer never arrives"
    TWICE = "the request arrives twice"
    GARBAGE = "a web page"
    NULL = "null"
    INTERNAL = "internal error"
    BUSY = "too many requests"
    # sends only
    LATE = "the request arrives much later"
    SWALLOWED = "taken, and dropped"
    DENIED = "taken, and called refused"
    STRANGE = "another hash"
    POOL_FULL = "txpool is full"
    CHEAP = "transaction underpriced"
    # others
    GHOST = "receipts of a block that is not there"
    SILENT = "no receipts"
    OTHER_CHAIN = "another chain's id"


ANY = (Fault.LOST, Fault.MUTE, Fault.TWICE, Fault.GARBAGE, Fault.NULL, Fault.INTERNAL, Fault.BUSY)
# What may befall which method; "*" is any.
BEFALLS: dict[str, tuple[Fault, ...]] = {
    "*": ANY,
    SEND: (*ANY, Fault.LATE, Fault.SWALLOWED, Fault.DENIED, Fault.DENIED, Fault.STRANGE, Fault.POOL_FULL, Fault.CHEAP),
    RECEIPT: (*ANY, Fault.GHOST, Fault.SILENT),
    "eth_getBlockByNumber": (*ANY, Fault.SILENT),
    "eth_simulateV1": ANY,
    "eth_chainId": (Fault.OTHER_CHAIN,),
}
ERRORS = {
    Fault.INTERNAL: (-32603, "Internal error"),
    Fault.BUSY: (-32005, "limit exceeded"),
    Fault.POOL_FULL: (-32000, "txpool is full"),
    Fault.CHEAP: (-32000, "transaction underpriced"),
}

Passing = Callable[[list[str]], None]  # told of the methods as a request passes


@dataclass(slots=True)
class NodeView:
    """One URL. `stuck` holds the blocks it still believes in; None while it follows the chain."""

    url: str
    chain: Chain
    stuck: list[Block] | None = None
    faults: dict[str, Fault] = field(default_factory=dict)
    late: list[bytes] = field(default_factory=list)
    met: Counter[Fault] = field(default_factory=Counter)

    def exchange(self, body: bytes, before: Passing, after: Passing) -> Any:
        """The JSON answer to a POST's body. Raises what a socket or a parser would."""
        posted = json.loads(body)
        requests = posted if isinstance(posted, list) else [posted]
        methods = [request["method"] for request in requests]
        before([f"before {method}" for method in methods])
        faults = {self.faults[method] for method in (*methods, "*") if method in self.faults}
        self.met.update(faults)
        if Fault.LOST in faults:
            raise TimeoutError
        answers = [self._answer(request) for request in requests]
        if Fault.TWICE in faults:
            answers = [self._answer(request) for request in requests]
        after([f"after {method}" for method in methods])
        if {Fault.MUTE, Fault.LATE} & faults:
            raise TimeoutError
        if Fault.GARBAGE in faults:
            raise ValueError
        return answers if isinstance(posted, list) else answers[0]

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        method, params = request["method"], request["params"]
        fault = self.faults.get(method) or self.faults.get("*")
        found = self._found(method, params, fault)
        envelope = {"jsonrpc": "2.0", "id": request["id"]}
        if isinstance(found, Refuse):
            return envelope | {"error": {"code": found.code, "message": found.message, "data": found.data}}
        return envelope | {"result": found}

    def _found(self, method: str, params: list[Any], fault: Fault | None) -> Any:
        if fault in ERRORS:
            return Refuse(*ERRORS[fault])
        if fault in (Fault.LATE, Fault.SWALLOWED):
            return self._kept(bytes.fromhex(params[0][2:]), fault)
        truth = self._truth(method, params)
        if fault == Fault.DENIED:
            return Refuse(*ERRORS[Fault.POOL_FULL])
        lies = {Fault.NULL: None, Fault.SILENT: None, Fault.STRANGE: _hash("strange"), Fault.OTHER_CHAIN: "0x1"}
        if fault == Fault.GHOST:
            return self._ghost(params[0])
        return lies.get(fault, truth) if fault else truth

    def _kept(self, raw: bytes, fault: Fault) -> str:
        """Bytes that reach no pool: some for now, some for ever."""
        self.chain.on_send(raw)
        if fault == Fault.LATE:
            self.late.append(raw)
        return decoded(raw).hash

    def _truth(self, method: str, params: list[Any]) -> Any:
        with self.chain.seen(self.stuck):
            answer = self.chain.server.script.get(method, Refuse(-32601, "the method does not exist/is not available"))
            return answer(params) if callable(answer) else answer

    def _ghost(self, tx_hash: str) -> Any:
        """A receipt of whatever is asked for, in a block of the right height that is no block of the chain."""
        head = (self.stuck or self.chain.blocks)[-1].number
        return {
            "transactionHash": tx_hash, "blockHash": _hash("ghost"), "blockNumber": hex(head), "status": "0x1",
            "gasUsed": "0x5208", "effectiveGasPrice": "0x1", "from": "0x" + "11" * 20, "to": "0x" + "22" * 20, "logs": [],
        }  # fmt: skip

    @property
    def is_ill(self) -> bool:
        return self.stuck is not None or bool(self.faults)

    def get_stuck(self, behind: int) -> None:
        """Stop following the chain, at a block a little below the head."""
        blocks = self.chain.blocks
        self.stuck = blocks[: max(1, len(blocks) - behind)]

    def heal(self) -> None:
        self.stuck = None
        self.faults.clear()

    def late_ones_arrive(self) -> None:
        for raw in self.late:
            self.chain.answer_send(["0x" + raw.hex()])
        self.late.clear()
