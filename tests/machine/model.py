"""The model chain with a ledger: fees are paid, balances run dry, and a reorganisation takes back what it held."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from tests.chain.rpc_server import Refuse
from tests.machine.contracts import Contracts, Visit
from tests.machine.ledger import Ledger
from tests.model_chain import Block, ModelChain, Result, Tx, read_transaction

PLENTY = 10**21  # wei
decoded = lru_cache(maxsize=4096)(read_transaction)


class Chain(ModelChain):
    """`seen` answers from another branch or an older head, as a node that is stuck there would."""

    def __init__(self) -> None:
        super().__init__()
        self.server._http.server_close()  # it is asked directly, without a socket
        self.code = Contracts()
        self.ledgers = {self._blocks[0].hash: Ledger()}
        self.strangers: set[str] = set()  # hashes of transactions that were made elsewhere with our keys
        self._eyes: list[Block] | None = None

    @property
    def now(self) -> Ledger:
        """The ledger after the newest block."""
        return self.ledgers[self._blocks[-1].hash]

    @property
    def head(self) -> int:
        return self._blocks[-1].number

    @property
    def blocks(self) -> list[Block]:
        return list(self._blocks)

    def mined(self) -> Iterator[tuple[Tx, Result, Block]]:
        return ((tx, result, block) for block in self._blocks for tx, result in block.transactions)

    @contextmanager
    def seen(self, blocks: list[Block] | None) -> Iterator[None]:
        self._eyes = blocks
        try:
            yield
        finally:
            self._eyes = None

    # -- blocks ----------------------------------------------------------------------------------------------------

    def mine_some(self, most: int) -> None:
        """A block with at most so many transactions of the pool."""
        ledger = self.now.copy()
        done = [(tx, self._carry_out(ledger, tx)) for tx in self._takes(ledger, most)]
        self._put(done, ledger)

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.mine_some(100)

    def reorg(self, depth: int) -> None:
        """Other, empty blocks in place of the last ones."""
        del self._blocks[-depth:]
        for _ in range(depth):
            self._put([], self.now.copy())

    def rewrite(self, depth: int) -> None:
        """The same transactions in other blocks; what comes of them may be something else this time."""
        left = [tx for block in self._blocks[-depth:] for tx, _ in block.transactions]
        self.reorg(depth)
        ledger = self.now.copy()
        self._put([(tx, self._carry_out(ledger, tx)) for tx in left], ledger)

    def put_back(self, transactions: Sequence[Tx]) -> None:
        """What left the chain is in the pool again, as most nodes do it."""
        for tx in transactions:
            if tx.hash not in self.strangers:
                self.pool.setdefault((tx.sender, tx.nonce), tx)

    def steal_nonce(self, sender: str) -> None:
        super().steal_nonce(sender)
        self.strangers.add(self._blocks[-1].transactions[0][0].hash)
        self.ledgers[self._blocks[-1].hash] = self.ledgers[self._blocks[-2].hash].copy()

    def _put(self, transactions: list[tuple[Tx, Result]], ledger: Ledger) -> None:
        self._append(transactions)
        self.ledgers[self._blocks[-1].hash] = ledger

    def _takes(self, ledger: Ledger, most: int) -> list[Tx]:
        """Next in line by nonce, able to pay the base fee and everything else they promise."""
        taken: list[Tx] = []
        following: dict[str, int] = {}
        for key in sorted(self.pool):
            tx = self.pool[key]
            expected = following.get(tx.sender, self.nonce(tx.sender))
            affords = ledger.coins.get(tx.sender, 0) >= tx.value + tx.gas * tx.max_fee
            if len(taken) < most and tx.nonce == expected and tx.max_fee >= self.base_fee and affords:
                taken.append(self.pool.pop(key))
                following[tx.sender] = expected + 1
            elif tx.nonce < expected:
                del self.pool[key]
        return taken

    def _carry_out(self, ledger: Ledger, tx: Tx) -> Result:
        visit = Visit(tx.sender, tx.to, tx.data, tx.value, tx.hash)
        result = self.code.run(ledger, visit)
        ledger.coins[tx.sender] -= result.gas * min(tx.max_fee, self.base_fee + tx.tip)
        return result

    # -- what it is asked ------------------------------------------------------------------------------------------

    def _view(self) -> list[Block]:
        return self._blocks if self._eyes is None else self._eyes

    def _ledger(self) -> Ledger:
        return self.ledgers[self._view()[-1].hash]

    def _balance(self, address: str) -> int:
        return self._ledger().coins.get(address, 0)

    def _refusal(self, tx: Tx) -> str | None:
        if tx.value + tx.gas * tx.max_fee > self._balance(tx.sender) and tx.nonce >= self.nonce(tx.sender):
            return "insufficient funds for gas * price + value"
        return super()._refusal(tx)

    def answer_send(self, params: list[Any]) -> Any:
        raw = bytes.fromhex(params[0][2:])
        self.received.append(raw)
        self.on_send(raw)
        tx = decoded(raw)
        if refusal := self._refusal(tx):
            return Refuse(-32000, refusal)
        self.pool[tx.sender, tx.nonce] = tx
        return tx.hash

    def answer_simulate(self, params: list[Any]) -> Any:
        if not self.simulates:
            return Refuse(-32601, "the method eth_simulateV1 does not exist")
        ledger = self._ledger().copy()
        results = []
        for call in params[0]["blockStateCalls"][0]["calls"]:
            visit = _visit(call)
            if visit.value > ledger.coins.get(visit.sender, 0):
                return Refuse(-38014, "insufficient funds for gas * price + value")
            results.append(_simulated(self.code.run(ledger, visit)))
        return [{"calls": results}]

    def answer_call(self, params: list[Any]) -> Any:
        result = self._alone(params[0])
        return _refused(result) or "0x"

    def answer_estimate(self, params: list[Any]) -> Any:
        result = self._alone(params[0])
        return _refused(result) or hex(result.gas)

    def _alone(self, call: dict[str, str]) -> Result:
        return self.code.run(self._ledger().copy(), _visit(call))

    # -- money ------------------------------------------------------------------------------------------------------

    def give_coin(self, address: str, wei: int) -> None:
        self.now.coins[address] = wei

    def give_token(self, address: str, units: int) -> None:
        self.now.tokens[address] = units

    def has_token(self, address: str) -> int:
        return self.now.tokens.get(address, 0)


def _visit(call: dict[str, str]) -> Visit:
    return Visit(call["from"], call["to"], bytes.fromhex(call.get("data", "0x")[2:]), int(call.get("value", "0x0"), 16))


def _refused(result: Result) -> Refuse | None:
    return None if result.ok else Refuse(3, "execution reverted", "0x" + result.data.hex())


def _simulated(result: Result) -> dict[str, Any]:
    error = {} if result.ok else {"error": {"code": 3, "message": "reverted", "data": "0x" + result.data.hex()}}
    return {"status": hex(result.ok), "gasUsed": hex(result.gas), "logs": list(result.logs), **error}
