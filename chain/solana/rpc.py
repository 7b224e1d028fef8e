"""Asking a Solana cluster through one JSON-RPC URL: one POST per question, with the commitment always said.

Nothing is re-posted here. A send that met a time-out, a 429 or words we do not know was possibly sent; only the
transaction's own signature, looked up until its blockhash has expired, says what became of it.
"""

import base64
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from chain.errors import RpcError, RpcUnavailable
from chain.evm.endpoint import Endpoint
from chain.urls import Target

T = TypeVar("T")

_PREFLIGHT = -32002
MOST_LISTED = 1_000  # signatures of an account in one answer
_MOST_SIGNATURES = 256  # what the cluster's own nodes take in one getSignatureStatuses


class Commitment(StrEnum):
    """How sure a node has to be of what it says."""

    PROCESSED = "processed"
    CONFIRMED = "confirmed"
    FINALIZED = "finalized"


class SendAnswer(StrEnum):
    """What a node said to a signed transaction. None of them says that an earlier post of it is in no block."""

    ACCEPTED = "accepted"  # It took the bytes, or has them in a block already.
    REFUSED = "refused"  # Its try-out failed, and it did not pass the bytes on.
    UNKNOWN = "unknown"  # Possibly sent.


@dataclass(frozen=True, slots=True)
class Sent:
    """A node's answer to signed bytes; `error` and `logs` are those of a try-out that failed."""

    answer: SendAnswer
    message: str = ""
    error: Any = None
    logs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blockhash:
    """What a transaction is bound to: it can enter no block above `last_valid_height`."""

    hash: str
    last_valid_height: int


class Rpc:
    """One cluster behind one URL. Every method raises `RpcUnavailable` and `RpcError`, except `send`."""

    def __init__(self, target: Target, *, connect_timeout: float = 2.0, read_timeout: float = 5.0) -> None:
        self.endpoint = Endpoint(target, connect_timeout, read_timeout)
        self._ids = itertools.count(1)

    def genesis_hash(self) -> str:
        """Which cluster this is, in base58."""
        return self._read("getGenesisHash", [], str)

    def slot(self, commitment: Commitment) -> int:
        return self._read("getSlot", [_at(commitment)], int)

    def block_height(self, commitment: Commitment) -> int:
        """The height that a blockhash's `last_valid_height` is compared with; it is not the slot."""
        return self._read("getBlockHeight", [_at(commitment)], int)

    def latest_blockhash(self, commitment: Commitment) -> Blockhash:
        value = self._value("getLatestBlockhash", [_at(commitment)], dict)
        return Blockhash(_typed(value.get("blockhash"), str), _typed(value.get("lastValidBlockHeight"), int))

    def balance(self, address: str, commitment: Commitment) -> int:
        """In lamports."""
        return self._value("getBalance", [address, _at(commitment)], int)

    def rent(self, size: int, commitment: Commitment) -> int:
        """The lamports that keep an account of `size` bytes for good."""
        return self._read("getMinimumBalanceForRentExemption", [size, _at(commitment)], int)

    def account(self, address: str, commitment: Commitment) -> dict[str, Any] | None:
        """The account as the node writes it, its data in base64; None when this node has none."""
        return _maybe(self._value("getAccountInfo", [address, _at(commitment, encoding="base64")], object))

    def data(self, address: str, commitment: Commitment) -> bytes:
        """The bytes of an account that must exist."""
        account = self.account(address, commitment)
        if account is None:
            raise RpcUnavailable(f"{self.endpoint.name} has no account {address}.")
        return base64.b64decode(_typed(_typed(account.get("data"), list)[0], str))

    def statuses(self, signatures: list[str]) -> list[dict[str, Any] | None]:
        """For each of at most 256 signatures what the node knows, its old blocks included; None proves nothing."""
        if len(signatures) > _MOST_SIGNATURES:
            raise ValueError(f"At most {_MOST_SIGNATURES} signatures at once.")
        found = self._value("getSignatureStatuses", [signatures, {"searchTransactionHistory": True}], list)
        if len(found) != len(signatures):
            raise RpcUnavailable(f"{self.endpoint.name} answered for another number of signatures.")
        return [_maybe(status) for status in found]

    def signatures(self, address: str, commitment: Commitment, before: str = "") -> list[dict[str, Any]]:
        """The latest transactions that name this account, newest first and at most 1,000: `signature`, `slot`, `err`."""
        options = _at(commitment, limit=MOST_LISTED, **({"before": before} if before else {}))
        return [_typed(line, dict) for line in self._read("getSignaturesForAddress", [address, options], list)]

    def first_slot(self) -> int:
        """The oldest slot that this node still has; what is older it does not know, which proves nothing."""
        return self._read("getFirstAvailableBlock", [], int)

    def transaction(self, signature: str, commitment: Commitment) -> dict[str, Any] | None:
        """A transaction with its inner instructions (`meta.innerInstructions`)."""
        options = _at(commitment, encoding="json", maxSupportedTransactionVersion=0)
        return _maybe(self._read("getTransaction", [signature, options], object))

    def priority_fees(self, addresses: list[str]) -> list[int]:
        """What recent blocks took at least for writing these accounts, in micro-lamports a compute unit."""
        fees = self._read("getRecentPrioritizationFees", [addresses], list)
        return [_typed(_typed(fee, dict).get("prioritizationFee"), int) for fee in fees]

    def simulate(self, raw: bytes, commitment: Commitment, accounts: Sequence[str] = ()) -> dict[str, Any]:
        """What an unsigned transaction would do now: `err`, `logs`, `unitsConsumed`, and these accounts after it."""
        shown = {"encoding": "base64", "addresses": list(accounts)}
        options = _at(commitment, encoding="base64", sigVerify=False, replaceRecentBlockhash=True, accounts=shown)
        return self._value("simulateTransaction", [_base64(raw), options], dict)

    def send(self, raw: bytes, commitment: Commitment, *, skip_preflight: bool) -> Sent:
        """Post signed bytes once; the node is told not to post them again by itself. Raises nothing."""
        options = {"encoding": "base64", "skipPreflight": skip_preflight, "preflightCommitment": commitment, "maxRetries": 0}
        try:
            self._read("sendTransaction", [_base64(raw), options], str)
        except RpcError as error:
            return _refusal(error)
        except RpcUnavailable as error:
            return Sent(SendAnswer.UNKNOWN, str(error))
        return Sent(SendAnswer.ACCEPTED)

    def _value(self, method: str, params: list[Any], kind: type[T]) -> T:
        return _typed(self._read(method, params, dict).get("value"), kind)

    def _read(self, method: str, params: list[Any], kind: type[T]) -> T:
        number = next(self._ids)
        answer = self.endpoint.post({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        if not isinstance(answer, dict):
            raise RpcUnavailable(f"{self.endpoint.name} did not answer in JSON-RPC.")
        if (error := answer.get("error")) is not None:
            raise _error(error)
        if answer.get("id") != number or "result" not in answer:
            raise RpcUnavailable(f"{self.endpoint.name} answered another question.")
        return _typed(answer["result"], kind)


def _at(commitment: Commitment, **options: Any) -> dict[str, Any]:
    return {"commitment": commitment, **options}


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _maybe(value: object) -> dict[str, Any] | None:
    return None if value is None else _typed(value, dict)


def _typed(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise RpcUnavailable("The node's answer has not the form that was asked for.")
    return value


def _error(error: Any) -> RpcError:
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(code, int):
        raise RpcUnavailable("The node's error has not the form of one.")
    return RpcError(str(error.get("message")), code=code, data=error.get("data"))


def _refusal(error: RpcError) -> Sent:
    if error.code != _PREFLIGHT or not isinstance(error.data, dict):
        return Sent(SendAnswer.UNKNOWN, str(error))
    reason, logs = error.data.get("err"), error.data.get("logs")
    answer = SendAnswer.ACCEPTED if reason == "AlreadyProcessed" else SendAnswer.REFUSED
    return Sent(answer, str(error), reason, tuple(map(str, logs)) if isinstance(logs, list) else ())
