"""Putting contracts on a development chain: through an account that the node itself unlocks, so that no key is needed."""

from dataclasses import dataclass
from typing import Any

from chain.calls import Signature, checksummed, decode, encode
from chain.errors import RpcError
from chain.evm.node import Node
from contracts import Artifact, artifact

CONSTRUCTORS = {
    "Badge721": ("string", "string", "address", "address"),
    "Badge1155": ("string", "address", "address"),
    "DemoToken": ("string", "string", "address"),
    "Forwarder": ("string",),
    "Gallery721": ("string", "string", "string", "address", "address"),
    "SponsoredBadge": ("string", "string", "address", "address", "address"),
    "Multicall3": (),
    "SignedStaking": ("address", "address"),
    "WithdrawalPool": ("address", "address", "address", "uint256"),
}


class NoDevelopmentChainError(Exception):
    """The node has no unlocked accounts, so it is not a development chain such as anvil."""


@dataclass(frozen=True, slots=True)
class Deployer:
    """Sends from one unlocked account. Every method waits for its receipt and raises RpcError where the node refuses."""

    node: Node
    sender: str

    def deploy(self, name: str, *args: Any) -> str:
        """Deploy `contracts/src/<name>.sol`; the address (EIP-55)."""
        built: Artifact = artifact(name)
        receipt = self._mine({"data": _hex(built.bytecode + encode(CONSTRUCTORS[name], args))})
        return checksummed(receipt["contractAddress"].lower())

    def call(self, to: str, function: str, *args: Any) -> None:
        """Send one call, such as `refuse(address,bool)`."""
        self._mine({"to": to, "data": _hex(Signature.parse(function).encode(args))})

    def pay(self, to: str, wei: int) -> None:
        """Send coin, so much that the account has at least `wei`."""
        if (missing := wei - int(self.node.request("eth_getBalance", [to, "latest"]), 16)) > 0:
            self._mine({"to": to, "value": hex(missing)})

    def number(self, to: str, function: str, *args: Any) -> int:
        """Ask a function that answers with one integer."""
        asked = {"to": to, "data": _hex(Signature.parse(function).encode(args))}
        answer = self.node.request("eth_call", [asked, "latest"])
        return int(decode(("uint256",), bytes.fromhex(answer[2:]))[0])

    def stands(self, contract: str) -> bool:
        """Whether the contract is on this chain, which may be newer than the row that names it."""
        return bool(contract) and bool(self.node.code(contract))

    def _mine(self, transaction: dict[str, str]) -> dict[str, Any]:
        tx_hash = self.node.request("eth_sendTransaction", [{"from": self.sender, **transaction}])
        self.node.request("evm_mine", [])  # right whether the node mines by itself, by the clock or not at all
        receipt: dict[str, Any] = self.node.request("eth_getTransactionReceipt", [tx_hash])
        if receipt["status"] != "0x1":
            raise RpcError(f"The transaction {tx_hash} reverted.")
        return receipt


def accounts(node: Node) -> list[str]:
    """The accounts that the node unlocks, as EIP-55. Raises NoDevelopmentChainError when there are none."""
    try:
        found = [checksummed(account.lower()) for account in node.request("eth_accounts", [])]
    except RpcError as error:
        raise NoDevelopmentChainError from error
    if not found:
        raise NoDevelopmentChainError
    return found


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
