"""Somebody with a wallet at a test cluster: signs, sends, lets slots pass, and looks."""

import base64
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, create_lookup_table, extend_lookup_table, transfer
from solders.transaction import Transaction, VersionedTransaction

from chain.solana.rpc import Commitment, Rpc
from chain.urls import Target, Trust
from local.solana.bank import Bank
from local.solana.ledger import Ledger
from local.solana.live import LiveBank
from local.solana.model.bank import ModelBank
from local.solana.node import Lags, Node
from local.solana.process import SolanaCluster
from local.solana.web import Cluster, Port

FOLDER = os.environ.get("SOLANA_PROGRAMS_DIR")
BARE = ["model", "litesvm"]  # each can move money
WHOLE = ["model", "programs"] if FOLDER else ["model"]  # each can mint


def make_bank(name: str) -> Bank:
    if name == "model":
        return ModelBank()
    return LiveBank(Path(FOLDER) if FOLDER and name == "programs" else None)


@contextmanager
def running(bank: Bank, lags: Lags, skipped: float = 0.0) -> Iterator[SolanaCluster]:
    """A cluster of two nodes inside this process; slots pass by hand."""
    ledger = Ledger(bank, skipped=skipped)
    cluster = Cluster(ledger)
    ports = [Port(0, cluster, Node(ledger, lags)) for _ in range(2)]
    threads = [Thread(target=port.serve_forever, args=(0.01,), daemon=True) for port in ports]
    for thread in threads:
        thread.start()
    yield SolanaCluster(port=ports[0].server_port, second_port=ports[1].server_port)
    for port, thread in zip(ports, threads, strict=True):
        port.shutdown()
        port.server_close()
        thread.join()


@dataclass(slots=True)
class Actor:
    """Has 1,000 SOL if nothing else is said. What he signs is bound to the newest block."""

    cluster: SolanaCluster
    wallet: Keypair = field(default_factory=Keypair)
    lamports: int = 10**12
    rpc: Rpc = field(init=False)

    def __post_init__(self) -> None:
        self.rpc = Rpc(Target(self.cluster.url, Trust.OPERATOR), read_timeout=20)
        self.cluster.request("requestAirdrop", str(self.me), self.lamports)
        self.cluster.advance(blocks=1)

    @property
    def me(self) -> Pubkey:
        return self.wallet.pubkey()

    def blockhash(self, commitment: Commitment = Commitment.PROCESSED) -> str:
        return self.rpc.latest_blockhash(commitment).hash

    def signed(self, *instructions: Instruction, signers: Sequence[Keypair] = (), blockhash: str = "") -> Transaction:
        bound = Hash.from_string(blockhash or self.blockhash())
        message = Message.new_with_blockhash(instructions, self.me, bound)
        return Transaction([self.wallet, *signers], message, bound)

    def payment(self, lamports: int = 10**9, receiver: Pubkey | None = None, *, blockhash: str = "") -> Transaction:
        return self.signed(self.pay(lamports, receiver), blockhash=blockhash)

    def pay(self, lamports: int, receiver: Pubkey | None = None) -> Instruction:
        return transfer(TransferParams(from_pubkey=self.me, to_pubkey=receiver or Keypair().pubkey(), lamports=lamports))

    def post(self, transaction: Transaction | VersionedTransaction | bytes, *, second: bool = False, **options: Any) -> str:
        """Send, checked at what is processed if nothing else is said; the signature. Raises SolanaError."""
        text = base64.b64encode(bytes(transaction)).decode()
        wanted = {"encoding": "base64", "preflightCommitment": "processed", **options}
        signature: str = self.cluster.request("sendTransaction", text, wanted, second=second)
        return signature

    def land(self, transaction: Transaction | VersionedTransaction, **options: Any) -> dict[str, Any]:
        """Send, and let a block pass and be confirmed; the transaction as it stands there."""
        signature = self.post(transaction, **options)
        self.cluster.advance(blocks=3)
        found = self.rpc.transaction(signature, Commitment.CONFIRMED)
        assert found is not None
        return found

    def status(self, signature: str, *, second: bool = False) -> dict[str, Any] | None:
        options = {"searchTransactionHistory": True}
        [found] = self.cluster.request("getSignatureStatuses", [signature], options, second=second)["value"]
        return found  # type: ignore[no-any-return]

    def balance(self, key: Pubkey | None = None, commitment: Commitment = Commitment.PROCESSED) -> int:
        return self.rpc.balance(str(key or self.me), commitment)

    def data(self, key: Pubkey, commitment: Commitment = Commitment.PROCESSED) -> bytes:
        found = self.rpc.account(str(key), commitment)
        assert found is not None
        return base64.b64decode(found["data"][0])


def make_table(actor: Actor, addresses: list[Pubkey]) -> Pubkey:
    """A lookup table, filled in the next block."""
    slot = actor.rpc.slot(Commitment.PROCESSED)
    actor.cluster.advance(blocks=1)
    create, table = create_lookup_table({"authority_address": actor.me, "payer_address": actor.me, "recent_slot": slot})
    extend = extend_lookup_table(
        {"lookup_table_address": table, "authority_address": actor.me, "payer_address": actor.me, "new_addresses": addresses}
    )
    actor.post(actor.signed(create, extend))
    return table
