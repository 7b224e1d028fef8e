"""Asking an EVM chain through one or several JSON-RPC URLs.

Guarantees: each method is one HTTP request to the URL that last worked; nothing is re-posted to the same
URL; every call ends within the time-outs; the chain id was checked since that URL's last fault. Does not
guarantee that two answers come from the same block, nor that a node tells the truth: negative conclusions
need finality.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from chain.calls import Call
from chain.errors import ChainError, RpcError, RpcUnavailable, SendAnswer, WrongChain, classify
from chain.events import Emitted, Topics
from chain.evm import answers
from chain.evm.answers import BlockFacts, Receipt, Snapshot
from chain.evm.endpoint import Endpoint
from chain.evm.ranges import MOST_BLOCKS, in_ranges
from chain.urls import Target, Trust

T = TypeVar("T")
Request = tuple[str, list[Any]]
"""A JSON-RPC method and its parameters."""

_HISTORY = ["0x5", "latest", [50]]  # blocks, newest, percentile of the tips paid in each
_CERTAIN = {SendAnswer.ACCEPTED, SendAnswer.KNOWN, SendAnswer.NONCE_LOW}


@dataclass(frozen=True, slots=True)
class Sent:
    """A node's answer to signed bytes. `hash` is the one the node computed, for the caller to compare with
    its own.
    """

    answer: SendAnswer
    hash: str | None
    message: str


class Node:
    """One chain behind `urls`, asked in turn. Time-outs in seconds. Threads may share a node.

    A URL given as text is the operator's own word; what staff typed comes as a `Target`.
    """

    def __init__(
        self, urls: Sequence[str | Target], chain_id: int, *, connect_timeout: float = 2.0, read_timeout: float = 5.0
    ) -> None:
        self.chain_id = chain_id
        self._endpoints = [Endpoint(target_of(url), connect_timeout, read_timeout) for url in urls]
        self._favourite: Endpoint | None = None
        self._ids = itertools.count(1)

    def apart(self) -> "list[Node]":
        """Each URL as a node of its own, for what must not rest on the word of one. They share its connections."""
        return [self._alone(endpoint) for endpoint in self._endpoints]

    def turn_away(self) -> None:
        """Ask the other URLs first for a while: the one that answered last is behind the chain."""
        if self._favourite is not None:
            self._favourite.fails()
            self._favourite = None

    # Asking

    def request(self, method: str, params: list[Any]) -> Any:
        """The result of one method. Raises `RpcUnavailable`, `RpcError`, `Reverted`, `WrongChain`."""
        return self._request(method, params, lambda result: result)

    def batch(self, calls: Sequence[Request]) -> list[Any]:
        """The results of several methods in ONE HTTP request; a refused one is its `RpcError`, as a value.

        Raises `RpcUnavailable`, `WrongChain`, and `RpcError` when the node refuses the batch as a whole.
        """
        return self._batch(calls, list) if calls else []

    def send(self, raw: bytes) -> Sent:
        """Hand signed bytes to a node. Never raises for what nodes and networks do.

        When a URL gives no answer it may have taken them. The same bytes then go to the next one, whose
        refusal proves nothing any more and becomes UNKNOWN.
        """
        payload = self._payload("eth_sendRawTransaction", ["0x" + raw.hex()])
        posts = 0

        def post(endpoint: Endpoint) -> str:
            nonlocal posts
            posts += 1
            return answers.hash32(answers.result_of(endpoint.post(payload)))

        try:
            return Sent(SendAnswer.ACCEPTED, self._first_answer(post), "")
        except ChainError as error:
            answer = classify(error)
            return Sent(answer if posts == 1 or answer in _CERTAIN else SendAnswer.UNKNOWN, None, str(error))

    # Looking

    def snapshot(self, address: str, *, finalized_tag: bool) -> Snapshot:
        """The chain's head and prices and the wallet's nonce and balance, in ONE request, which checks the
        chain id.
        """
        calls: list[Request] = [
            ("eth_chainId", []),
            ("eth_getBlockByNumber", ["latest", False]),
            ("eth_getTransactionCount", [address, "latest"]),
            ("eth_getBalance", [address, "latest"]),
            ("eth_feeHistory", _HISTORY),
            ("eth_gasPrice", []),
        ]
        if finalized_tag:
            calls.append(("eth_getBlockByNumber", ["finalized", False]))
        return self._batch(calls, self._read_snapshot)

    def receipts(self, hashes: Iterable[str]) -> dict[str, Receipt]:
        """The receipts that the node has, by the hash as it was given. One request."""
        wanted = list(hashes)
        if not wanted:
            return {}
        calls: list[Request] = [("eth_getTransactionReceipt", [tx_hash]) for tx_hash in wanted]
        return self._batch(calls, lambda results: _read_receipts(wanted, results))

    def block_hash(self, number: int) -> str | None:
        """The hash of the canonical block at a height; None when the node has no such block (yet)."""
        return self._request("eth_getBlockByNumber", [hex(number), False], answers.block_hash)

    def blocks(self, numbers: Iterable[int]) -> dict[int, BlockFacts]:
        """The canonical blocks at these heights, those that the node has. One request."""
        wanted = list(numbers)
        calls: list[Request] = [("eth_getBlockByNumber", [hex(number), False]) for number in wanted]
        return self._batch(calls, lambda results: _read_blocks(wanted, results)) if wanted else {}

    def spender(self, address: str, nonce: int, number: int) -> str | None:
        """The hash of the transaction in a block that took this nonce of an address; None when none there did."""
        return self._request("eth_getBlockByNumber", [hex(number), True], lambda block: answers.spender(block, address, nonce))

    def logs(
        self, addresses: Sequence[str], topics: Topics, first: int, last: int, *, most: int = MOST_BLOCKS
    ) -> Iterator[Emitted]:
        """Logs of these contracts that fit the topics, in the blocks from `first` to `last`, in the chain's order.

        Asked for in ranges of up to `most` blocks, smaller ones where the node refuses. Raises `RpcUnavailable`, `RpcError`,
        `WrongChain` while it is read: then what came so far is not all. An empty answer is one node's word.
        """
        fields = {"address": list(addresses), "topics": [list(t) if isinstance(t, tuple) else t for t in topics]}

        def ask(low: int, high: int) -> list[Emitted]:
            wanted = {**fields, "fromBlock": hex(low), "toBlock": hex(high)}
            return self._request("eth_getLogs", [wanted], answers.logs)

        return in_ranges(ask, first, last, most)

    def nonce(self, address: str, tag: str = "latest") -> int:
        """Transactions of the address up to a block tag or hex height. Never allocate nonces from
        "pending".
        """
        return self._request("eth_getTransactionCount", [address, tag], answers.quantity)

    def code(self, address: str) -> bytes:
        """The code at an address; empty for an ordinary account."""
        return self._request("eth_getCode", [address, "latest"], answers.raw)

    def call(self, call: Call, sender: str, tag: str = "latest") -> bytes:
        """Try a call out on the latest block, or at a block tag or hex height; its return data. Raises `Reverted`."""
        return self._request("eth_call", [call_fields(call, sender), tag], answers.raw)

    def estimate(self, call: Call, sender: str) -> int:
        """Gas that a transaction making this call needs on the latest block. Raises `Reverted`."""
        return self._request("eth_estimateGas", [call_fields(call, sender), "latest"], answers.quantity)

    def final_nonce(self, address: str, confirmations: int, *, finalized_tag: bool) -> int:
        """Transactions of the address in blocks that will not leave the chain, as this node sees it; 0 on a young chain."""
        final = self.final_block(confirmations, finalized_tag=finalized_tag)
        return 0 if final is None else self.nonce(address, hex(final))

    def final_block(self, confirmations: int, *, finalized_tag: bool) -> int | None:
        """The newest block that will not leave the chain, as this node sees it; None on a young chain."""
        if finalized_tag:
            return self._request("eth_getBlockByNumber", ["finalized", False], answers.finalized_number)
        final = self._request("eth_getBlockByNumber", ["latest", False], answers.head).number - confirmations + 1
        return None if final < 0 else final

    def time(self, number: int) -> int:
        """Of the block at a height, in Unix seconds. Raises `RpcUnavailable` where the node has none."""
        return self._request("eth_getBlockByNumber", [hex(number), False], answers.head).time

    # Fail-over

    def _alone(self, endpoint: Endpoint) -> "Node":
        alone = Node([], self.chain_id)
        alone._endpoints = [endpoint]
        return alone

    def _request(self, method: str, params: list[Any], read: Callable[[Any], T]) -> T:
        payload = self._payload(method, params)
        return self._first_answer(lambda endpoint: read(answers.result_of(endpoint.post(payload))))

    def _batch(self, calls: Sequence[Request], read: Callable[[list[Any]], T]) -> T:
        payload = [self._payload(method, params) for method, params in calls]
        ids = [entry["id"] for entry in payload]
        return self._first_answer(lambda endpoint: read(answers.batch_results(endpoint.post(payload), ids)))

    def _payload(self, method: str, params: list[Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}

    def _first_answer(self, ask: Callable[[Endpoint], T]) -> T:
        """Ask one URL after the other until one gives an answer that can be read."""
        fault = RpcUnavailable("No node URL is configured.")
        for endpoint in self._in_turn():
            try:
                self._verify(endpoint)
                answer = ask(endpoint)
            except RpcUnavailable as error:
                endpoint.fails()
                fault = error
                continue
            except RpcError:
                self._prefer(endpoint)
                raise
            except WrongChain:
                endpoint.verified = False
                raise
            self._prefer(endpoint)
            return answer
        raise fault

    def _prefer(self, endpoint: Endpoint) -> None:
        endpoint.works()
        self._favourite = endpoint

    def _in_turn(self) -> list[Endpoint]:
        """The URL that last worked, then the others; those at rest last, so a lone URL is still asked."""
        now = time.monotonic()
        return sorted(self._endpoints, key=lambda each: (max(0.0, each.rests_until - now), each is not self._favourite))

    def _verify(self, endpoint: Endpoint) -> None:
        """Check the chain id on the first use of a URL and after each of its faults."""
        if endpoint.verified:
            return
        try:
            self._check_chain(answers.result_of(endpoint.post(self._payload("eth_chainId", []))))
        except RpcError as refusal:
            raise RpcUnavailable(f"{endpoint.name} does not tell its chain id: {refusal}") from refusal
        endpoint.verified = True

    def _check_chain(self, chain_id: Any) -> None:
        if (got := answers.quantity(chain_id)) != self.chain_id:
            raise WrongChain(self.chain_id, got)

    def _read_snapshot(self, results: list[Any]) -> Snapshot:
        chain_id, block, nonce, balance, history, gas_price, *finalized = results
        self._check_chain(chain_id)
        head = answers.head(block)
        return Snapshot(
            head_number=head.number,
            head_hash=head.hash,
            head_time=head.time,
            gas_limit=head.gas_limit,
            finalized_number=answers.finalized_number(finalized[0]) if finalized else None,
            nonce=answers.quantity(nonce),
            balance=answers.quantity(balance),
            market=answers.market(head.base_fee, history, gas_price),
        )


def target_of(url: str | Target) -> Target:
    return Target(url, Trust.OPERATOR) if isinstance(url, str) else url


def call_fields(call: Call, sender: str) -> dict[str, str]:
    """A call as JSON-RPC's transaction object."""
    fields = {"from": sender, "to": call.to, "data": "0x" + call.data.hex(), "value": hex(call.value)}
    return fields if call.gas is None else fields | {"gas": hex(call.gas)}


def _read_receipts(hashes: list[str], results: list[Any]) -> dict[str, Receipt]:
    """One refused look-up spoils them all: a missing receipt must mean that the node has none."""
    found = ((tx_hash, answers.receipt(result, tx_hash)) for tx_hash, result in zip(hashes, results, strict=True))
    return {tx_hash: receipt for tx_hash, receipt in found if receipt is not None}


def _read_blocks(numbers: list[int], results: list[Any]) -> dict[int, BlockFacts]:
    found = ((number, answers.block_facts(result)) for number, result in zip(numbers, results, strict=True))
    return {number: block for number, block in found if block is not None}
