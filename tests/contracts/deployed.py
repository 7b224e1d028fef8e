"""A contract on the test chain, spoken to by names: no signer, the node's own unlocked account sends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode, encode
from eth_utils import abi as abis
from eth_utils.hexadecimal import decode_hex, encode_hex

from contracts import Artifact, artifact

Request = Callable[..., Any]  # (JSON-RPC method, *params) -> result
Receipt = dict[str, Any]
Log = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deployed:
    """One deployed contract and the account that calls it."""

    request: Request
    artifact: Artifact
    address: str
    sender: str

    def data(self, function: str, *args: Any) -> bytes:
        """Call data: selector and arguments (Solidity contract ABI specification)."""
        entry = self._entry(function)
        return abis.function_abi_to_4byte_selector(entry) + encode(abis.get_abi_input_types(entry), args)

    def send(self, function: str, *args: Any) -> Receipt:
        """Mine a call; the node refuses one that reverts."""
        return _mine(self.request, self._call(function, *args))

    def call(self, function: str, *args: Any) -> Any:
        """Ask a function with one output, without a transaction."""
        answer = self.request("eth_call", self._call(function, *args), "latest")
        return decode(abis.get_abi_output_types(self._entry(function)), decode_hex(answer))[0]

    def revert(self, function: str, *args: Any) -> bytes:
        """What a call that must fail would revert with; nothing is sent."""
        blocks = {"blockStateCalls": [{"calls": [self._call(function, *args)]}]}
        outcome = self.request("eth_simulateV1", blocks, "latest")[0]["calls"][0]
        assert outcome["status"] == "0x0"
        return decode_hex(outcome["error"].get("data") or outcome["returnData"])

    def error(self, name: str, *args: Any) -> bytes:
        """The revert data of this contract's custom error."""
        entry = self._entry(name)
        types = abis.get_abi_input_types(entry)
        return abis.function_signature_to_4byte_selector(f"{name}({','.join(types)})") + encode(types, args)

    def events(self, receipt: Receipt, name: str) -> list[tuple[Any, ...]]:
        """The arguments of this contract's events of that name, in the order of the ABI."""
        entry = self._entry(name)
        topic = encode_hex(abis.event_abi_to_log_topic(entry))
        mine = [log for log in receipt["logs"] if log["address"] == self.address]
        return [_arguments(entry["inputs"], log) for log in mine if log["topics"][0] == topic]

    def _call(self, function: str, *args: Any) -> dict[str, str]:
        return {"from": self.sender, "to": self.address, "data": encode_hex(self.data(function, *args))}

    def _entry(self, name: str) -> Any:
        (entry,) = [entry for entry in self.artifact.abi if entry.get("name") == name]
        return entry


def person(number: int) -> str:
    """An address without code that nobody has a key for; lower case, as eth_abi decodes addresses."""
    return f"0x{number:02x}{'5a' * 19}"


def deploy(request: Request, name: str, *args: Any) -> Deployed:
    """Put a contract on the chain with the node's first account."""
    built = artifact(name)
    sender = request("eth_accounts")[0]
    constructors: list[Any] = [entry for entry in built.abi if entry["type"] == "constructor"]
    types = [kind for entry in constructors for kind in abis.get_abi_input_types(entry)]
    receipt = _mine(request, {"from": sender, "data": encode_hex(built.bytecode + encode(types, args))})
    return Deployed(request, built, receipt["contractAddress"], sender)


def _mine(request: Request, transaction: dict[str, str]) -> Receipt:
    tx_hash = request("eth_sendTransaction", transaction)
    request("evm_mine")  # right whether the node mines by itself, by the clock or not at all
    receipt: Receipt = request("eth_getTransactionReceipt", tx_hash)
    return receipt


def _arguments(inputs: list[dict[str, Any]], log: Log) -> tuple[Any, ...]:
    topics = iter(log["topics"][1:])
    plain = iter(decode([i["type"] for i in inputs if not i["indexed"]], decode_hex(log["data"])))
    return tuple(_topic(i["type"], next(topics)) if i["indexed"] else next(plain) for i in inputs)


def _topic(kind: str, topic: str) -> Any:
    return decode([kind], decode_hex(topic))[0]
