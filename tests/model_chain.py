"""A small working model of a chain, served over JSON-RPC, that does what real ones do on a bad day.

with ModelChain() as chain:
    network = make_network(rpc_urls=chain.url, chain_id=chain.chain_id)
    chain.reorg(2)

`tests/chain/test_lane_on_both.py` runs one suite on this model and on anvil, which keeps the model honest.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import rlp
from coincurve import PublicKey
from eth_hash.auto import keccak

from chain.calls import checksum
from tests.chain.rpc_server import Answer, Fault, Refuse, RpcServer

GWEI = 10**9
STRANGER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
FINALIZED_AFTER = 2  # blocks below the head

# JSON-RPC method -> what answers it here, as `ModelChain.answer_…`
METHODS = {
    "eth_getBlockByNumber": "block",
    "eth_getTransactionCount": "count",
    "eth_getBalance": "balance",
    "eth_getLogs": "logs",
    "eth_feeHistory": "history",
    "eth_gasPrice": "price",
    "eth_getTransactionReceipt": "receipt",
    "eth_getTransactionByHash": "find",
    "eth_sendRawTransaction": "send",
    "eth_call": "call",
    "eth_estimateGas": "estimate",
    "eth_simulateV1": "simulate",
}


@dataclass(frozen=True, slots=True)
class Tx:
    """A signed transaction as it came in; fees in wei per gas."""

    hash: str
    sender: str
    nonce: int
    to: str
    value: int
    data: bytes
    max_fee: int
    tip: int
    gas: int = 21_000  # its limit
    chain_id: int = 0  # 0 where the form carries none


@dataclass(frozen=True, slots=True)
class Result:
    """What a call does. `data` is what it returns, and revert data when it is not ok."""

    ok: bool = True
    gas: int = 21_000
    logs: tuple[dict[str, Any], ...] = ()
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Block:
    number: int
    hash: str
    transactions: list[tuple[Tx, Result]] = field(default_factory=list)


Contract = Callable[[bytes, bool], Result]  # (calldata, whether it is in a block) -> what it does


def always(result: Result) -> Contract:
    """A contract that does the same whatever it is asked."""
    return lambda *_: result


class ModelChain:
    """Blocks, a pool, and the wishes of a test. Nothing is mined unless `mine` is called."""

    def __init__(self, chain_id: int = 31337) -> None:
        self.chain_id = chain_id
        self.base_fee, self.tip = GWEI, GWEI
        self.gas_limit = 30_000_000
        self.simulates = True  # whether it has eth_simulateV1
        self.contracts: dict[str, Contract] = {}
        self.balances: dict[str, int] = {}
        self.pool: dict[tuple[str, int], Tx] = {}
        self.received: list[bytes] = []  # raw bytes of every send, in order
        self.on_send: Callable[[bytes], object] = bytes.__len__  # looks on; does nothing unless a test says so
        self._blocks = [Block(0, _hash("genesis"))]
        self._lag = 0
        self._losing = False
        self._salt = 0
        self.server = RpcServer()
        self.honest()

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.server.__exit__(kind, error, trace)

    @property
    def url(self) -> str:
        return self.server.url

    # -- what a test does to it ------------------------------------------------------------------------------

    def mine(self, blocks: int = 1) -> None:
        """Mine what the pool has and can pay the base fee, then empty blocks."""
        for _ in range(blocks):
            self._append([(tx, self._run(tx.to, tx.data, mined=True)) for tx in self._includable()])

    def reorg(self, depth: int) -> None:
        """Put `depth` other, empty blocks in place of the last ones. Their transactions are nowhere any more."""
        del self._blocks[-depth:]
        for _ in range(depth):
            self._append([])

    def drop(self, tx_hash: str) -> None:
        """Forget a transaction that is in the pool."""
        self.pool = {key: tx for key, tx in self.pool.items() if tx.hash != tx_hash}

    def lag(self, blocks: int) -> None:
        """Answer as if the last blocks had not been seen yet."""
        self._lag = blocks

    def lie(self, method: str, answer: Answer) -> None:
        """Answer one method so, until `honest`."""
        self.server.script[method] = answer

    def fail(self, fault: Fault | None, *, on: str | None = None) -> None:
        """Meet every request, or those that contain a method, with a fault; None ends that."""
        self.server.fault, self.server.fault_on = fault, on

    def honest(self) -> None:
        """Answer every method truthfully again."""
        self.server.script |= {method: getattr(self, f"answer_{name}") for method, name in METHODS.items()}
        self.server.script["eth_chainId"] = hex(self.chain_id)
        self.fail(None)

    def lose_answer(self) -> None:
        """Take the next transaction, and let the answer to it be lost."""
        self._losing = True

    def steal_nonce(self, sender: str) -> None:
        """Mine a transaction of this address that was made elsewhere."""
        nonce = self.nonce(sender)
        self.pool.pop((sender, nonce), None)
        tx = Tx(_hash(f"foreign {sender} {nonce}"), sender, nonce, sender, 0, b"", GWEI, GWEI)
        self._append([(tx, Result())])

    def call_by_stranger(self, to: str, data: bytes) -> str:
        """Mine somebody else's call of a contract; its hash."""
        self._salt += 1
        tx = Tx(_hash(f"stranger {self._salt}"), STRANGER, self.nonce(STRANGER), to, 0, data, GWEI, GWEI)
        self._append([(tx, self._run(to, data, mined=True))])
        return tx.hash

    def twin(self) -> "ModelChain":
        """Another node of the same chain, with lags and lies of its own. Its pool is its own too."""
        other = ModelChain(self.chain_id)
        other._blocks, other.contracts = self._blocks, self.contracts
        return other

    def nonce(self, address: str) -> int:
        return sum(tx.sender == address for tx, _, _ in self._mined())

    # -- the chain inside ------------------------------------------------------------------------------------

    def _view(self) -> list[Block]:
        return self._blocks[: len(self._blocks) - self._lag]

    def _mined(self) -> Iterator[tuple[Tx, Result, Block]]:
        return ((tx, result, block) for block in self._view() for tx, result in block.transactions)

    def _append(self, transactions: list[tuple[Tx, Result]]) -> None:
        self._salt += 1
        number = self._blocks[-1].number + 1
        self._blocks.append(Block(number, _hash(f"block {number} {self._salt}"), transactions))

    def _includable(self) -> list[Tx]:
        """Those next in line by nonce that pay the base fee; they leave the pool."""
        included = []
        following: dict[str, int] = {}
        for key in sorted(self.pool):
            tx, expected = self.pool[key], following.get(key[0], self.nonce(key[0]))
            if tx.nonce == expected and tx.max_fee >= self.base_fee:
                included.append(tx)
                following[tx.sender] = expected + 1
        for tx in included:
            del self.pool[tx.sender, tx.nonce]
        return included

    def _run(self, to: str, data: bytes, *, mined: bool) -> Result:
        contract = self.contracts.get(to)
        return contract(data, mined) if contract else Result()

    def _refusal(self, tx: Tx) -> str | None:
        if tx.nonce < self.nonce(tx.sender):
            return "nonce too low"
        if tx.value + self.base_fee > self._balance(tx.sender):
            return "insufficient funds for gas * price + value"
        there = self.pool.get((tx.sender, tx.nonce))
        if there is None:
            return None
        if there.hash == tx.hash:
            return "already known"
        raised = tx.max_fee * 10 >= there.max_fee * 11 and tx.tip * 10 >= there.tip * 11
        return None if raised else "replacement transaction underpriced"

    def _balance(self, address: str) -> int:
        return self.balances.get(address, 1000 * 10**18)

    # -- JSON-RPC --------------------------------------------------------------------------------------------

    def answer_block(self, params: list[Any]) -> Any:
        view, number = self._view(), self._height(params[0])
        return self._as_block(view[number], whole=params[1]) if number < len(view) else None

    def _height(self, tag: str) -> int:
        head = self._view()[-1].number
        number = {"latest": head, "pending": head, "finalized": max(0, head - FINALIZED_AFTER)}.get(tag)
        return int(tag, 16) if number is None else number

    def _as_block(self, block: Block, *, whole: bool) -> dict[str, Any]:
        numbers = {"number": block.number, "timestamp": block.number, "gasLimit": self.gas_limit}
        inside = [tx for tx, _ in block.transactions]
        shown = [{"hash": tx.hash, "from": tx.sender, "nonce": hex(tx.nonce)} if whole else tx.hash for tx in inside]
        facts = {"hash": block.hash, "baseFeePerGas": hex(self.base_fee), "transactions": shown}
        return facts | {k: hex(v) for k, v in numbers.items()}

    def answer_count(self, params: list[Any]) -> str:
        height = self._height(params[1] if len(params) > 1 else "latest")
        return hex(sum(tx.sender == params[0] and block.number <= height for tx, _, block in self._mined()))

    def answer_logs(self, params: list[Any]) -> list[dict[str, Any]]:
        low, high = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
        wanted = {address.lower() for address in params[0]["address"]}
        return [
            {**log, "transactionHash": tx.hash, "blockHash": block.hash, "blockNumber": hex(block.number)}
            for tx, result, block in self._mined()
            if low <= block.number <= high and result.ok
            for log in result.logs
            if log["address"].lower() in wanted and fits(params[0]["topics"], log["topics"])
        ]

    def answer_balance(self, params: list[Any]) -> str:
        return hex(self._balance(params[0]))

    def answer_history(self, params: list[Any]) -> dict[str, Any]:
        return {"baseFeePerGas": [hex(self.base_fee)], "reward": [[hex(self.tip)]]}

    def answer_price(self, params: list[Any]) -> str:
        return hex(self.base_fee + self.tip)

    def answer_receipt(self, params: list[Any]) -> Any:
        found = (_receipt(*mined) for mined in self._mined() if mined[0].hash == params[0])
        return next(found, None)

    def answer_find(self, params: list[Any]) -> Any:
        everywhere = [*self.pool.values(), *(tx for tx, _, _ in self._mined())]
        return next(({"hash": tx.hash} for tx in everywhere if tx.hash == params[0]), None)

    def answer_send(self, params: list[Any]) -> Any:
        raw = bytes.fromhex(params[0][2:])
        self.received.append(raw)
        self.on_send(raw)
        tx = read_transaction(raw)
        if refusal := self._refusal(tx):
            return Refuse(-32000, refusal)
        self.pool[tx.sender, tx.nonce] = tx
        losing, self._losing = self._losing, False
        return None if losing else tx.hash

    def answer_call(self, params: list[Any]) -> Any:
        result = self._run(params[0]["to"], _data(params[0]), mined=False)
        data = "0x" + result.data.hex()
        return data if result.ok else Refuse(3, "execution reverted", data)

    def answer_estimate(self, params: list[Any]) -> Any:
        result = self._run(params[0]["to"], _data(params[0]), mined=False)
        return hex(result.gas) if result.ok else Refuse(3, "execution reverted", "0x" + result.data.hex())

    def answer_simulate(self, params: list[Any]) -> Any:
        if not self.simulates:
            return Refuse(-32601, "the method eth_simulateV1 does not exist")
        calls = params[0]["blockStateCalls"][0]["calls"]
        results = [self._run(call["to"], _data(call), mined=False) for call in calls]
        return [{"calls": [_simulated(result) for result in results]}]


def read_transaction(raw: bytes) -> Tx:
    """Signed bytes, dynamic fee (EIP-1559) or legacy (EIP-155), as the chain reads them."""
    chain_id = b""
    if raw[0] == 2:
        chain_id, nonce, tip, max_fee, gas, to, value, data, *_ = rlp.decode(raw[1:])
    else:
        nonce, max_fee, gas, to, value, data, *_ = rlp.decode(raw)
        tip = max_fee
    number, wei, *rest = [int.from_bytes(part) for part in (nonce, value, max_fee, tip, gas, chain_id)]
    return Tx("0x" + keccak(raw).hex(), _sender(raw), number, checksum(to), wei, data, *rest)


def _sender(raw: bytes) -> str:
    """Whose key signed it. By hand: eth_account takes half a second to import, in each process that has a model chain."""
    if raw[0] == 2:
        *head, parity, r, s = rlp.decode(raw[1:])
        signed = b"\2" + rlp.encode(head)
    else:
        *head, v, r, s = rlp.decode(raw)
        chain_id, odd = divmod(int.from_bytes(v) - 35, 2)
        signed, parity = rlp.encode([*head, chain_id, b"", b""]), bytes([odd])
    signature = r.rjust(32, b"\0") + s.rjust(32, b"\0") + (parity or b"\0")
    key = PublicKey.from_signature_and_message(signature, keccak(signed), hasher=None)
    return checksum(keccak(key.format(compressed=False)[1:])[-20:])


def fits(wanted: Sequence[Any], topics: Sequence[str]) -> bool:
    """Whether a log's topics pass the filter of an `eth_getLogs`."""
    choices = [[want] if isinstance(want, str) else want for want in wanted]
    pairs = zip(topics, choices, strict=False)
    return len(topics) >= len(choices) and all(choice is None or topic in choice for topic, choice in pairs)


def _hash(text: str) -> str:
    return "0x" + keccak(text.encode()).hex()


def _data(call: dict[str, str]) -> bytes:
    return bytes.fromhex(call.get("data", "0x")[2:])


def _receipt(tx: Tx, result: Result, block: Block) -> dict[str, Any]:
    numbers = {"blockNumber": block.number, "status": int(result.ok), "gasUsed": result.gas}
    return {
        "transactionHash": tx.hash,
        "blockHash": block.hash,
        "effectiveGasPrice": hex(tx.max_fee),
        "from": tx.sender,
        "to": tx.to,
        "logs": list(result.logs) if result.ok else [],
    } | {key: hex(value) for key, value in numbers.items()}


def _simulated(result: Result) -> dict[str, Any]:
    error = {} if result.ok else {"error": {"code": 3, "message": "reverted", "data": "0x" + result.data.hex()}}
    return {"status": hex(result.ok), "gasUsed": hex(result.gas), "logs": list(result.logs), **error}
