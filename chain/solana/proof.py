"""What each node of a cluster says of what is stored as final, and of the trees. As `chain.proof`, for Solana.

Only answers count that show something. A node that is silent, behind, or has thrown away what is asked for makes the audit
incomplete, and proves nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from chain import base58
from chain.errors import ChainError, fault_of
from chain.findings import ChainCode, Finding, incomplete, of_transaction
from chain.models import Network, Transaction, Wallet
from chain.proof import Unclear
from chain.solana import borsh, ids
from chain.solana.cluster import Cluster, cluster_for
from chain.solana.rpc import MOST_LISTED, Commitment, Rpc
from chain.states import Outcome

T = TypeVar("T")
AT_ONCE = 256  # signatures in one question
MOST_PAGES = 50  # of a tree's signatures
_MINTS = {borsh.discriminator(name) for name in ("mint_v1", "mint_to_collection_v1", "mint_v2")}
Status = dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Node:
    """One node that answered: its place, the newest slot that is final for it, and the oldest that it still has."""

    number: int
    name: str
    last: int
    first: int


@dataclass(slots=True)
class View:
    """One network as it is audited. Nodes that fail to answer are left out from then on, and told of at the end."""

    network: Network
    wallets: Sequence[Wallet]
    cluster: Cluster
    nodes: list[Node] = field(default_factory=list)
    faults: dict[str, Exception] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """The newest slot that is final for all that answered."""
        return min(node.last for node in self.nodes)

    def ask(self, question: Callable[[Rpc], T]) -> Iterator[tuple[Node, T]]:
        """Each node with its answer. Raises Unclear where none has one."""
        answers = self.cluster.everywhere(question)
        for node in list(self.nodes):
            answer = answers[node.number]
            if isinstance(answer, ChainError):
                self.leave_out(node, Unclear(f"it {fault_of(answer)}"))
            else:
                yield node, answer
        if not self.nodes:
            raise Unclear("no node answers")

    def leave_out(self, node: Node, why: Exception) -> None:
        self.nodes.remove(node)
        self.faults[node.name] = why

    def missing(self) -> Iterator[Finding]:
        """The nodes that could not be asked all."""
        for name, why in self.faults.items():
            yield incomplete(f"{name} of {self.network.name}", why)


def view(network: Network, wallets: Sequence[Wallet], final: int) -> View:
    """`final` is the newest slot that is final here: a node that has not come so far is left out. Raises Unclear."""
    cluster = cluster_for(network)
    answers = cluster.everywhere(lambda node: (node.slot(Commitment.FINALIZED), node.first_slot()))
    seen = View(network, wallets, cluster)
    for number, answer in enumerate(answers):
        name = f"Node {number + 1} of {len(answers)}"
        if isinstance(answer, ChainError):
            seen.faults[name] = Unclear(f"it {fault_of(answer)}")
        elif answer[0] < final:
            seen.faults[name] = Unclear(
                f"its last final slot is {answer[0]:,}, and ours are final up to {final:,}: it is behind"
            )
        else:
            seen.nodes.append(Node(number, name, *answer))
    if not seen.nodes:
        raise Unclear(" and ".join(f"{name}: {why}" for name, why in seen.faults.items()) or "no node is configured")
    return seen


# -- final transactions ------------------------------------------------------------------------------------------------


def ended(view: View, transactions: Sequence[Transaction]) -> Iterator[Finding]:
    """Those of these final transactions of which a node says something else. Attempts are loaded. Raises Unclear."""
    hashes = {transaction.pk: _hash(transaction) for transaction in transactions}
    asked = list(hashes.values())
    told: set[tuple[ChainCode, Any]] = set()
    for node, statuses in view.ask(lambda rpc: rpc.statuses(asked)):
        said = dict(zip(asked, statuses, strict=True))
        for transaction in transactions:
            found = _judge(node, transaction, said[hashes[transaction.pk]])
            if found is not None and (key := (found[0], transaction.pk)) not in told:
                told.add(key)
                yield of_transaction(found[0], transaction, f"{found[1]}.", node=node.number + 1)


def _hash(transaction: Transaction) -> str:
    return transaction.mined_hash or transaction.attempts.all()[0].hash


def _judge(node: Node, transaction: Transaction, status: Status) -> tuple[ChainCode, str] | None:
    """What this node's word makes of it; None where they agree, or the node has thrown away blocks of that time."""
    if status is None:
        return _unknown(node, transaction)
    stored, where = Outcome(transaction.outcome), f"slot {status.get('slot')} ({status.get('confirmationStatus')})"
    if stored == Outcome.EXPIRED:
        return ChainCode.OUTCOME_DIFFERS, f"it is stored as expired, and {node.name} has it in {where}"
    says = Outcome.SUCCEEDED if status.get("err") is None else Outcome.REVERTED
    if says != stored:
        return ChainCode.OUTCOME_DIFFERS, f"it is stored as {stored.value}, and {node.name} says {says.value}"
    if (status.get("confirmationStatus"), status.get("slot")) == (Commitment.FINALIZED, transaction.block_number):
        return None
    said = f"it is stored as final in slot {transaction.block_number}, and {node.name} has it in {where}"
    return ChainCode.BLOCK_NOT_CANONICAL, said


def _unknown(node: Node, transaction: Transaction) -> tuple[ChainCode, str] | None:
    slot = transaction.block_number
    if slot is None or slot < node.first:
        return None
    return ChainCode.NOT_ON_CHAIN, f"it is stored as final in slot {slot}, and {node.name} does not know it"


# -- a tree --------------------------------------------------------------------------------------------------------------


def minters(view: View, tree: str, known: Callable[[Sequence[str]], set[str]]) -> Iterator[tuple[str, int, int]]:
    """Transactions that minted into this tree and are not known here: signature, slot, mints. By every node.

    Raises Unclear where there are too many to look at.
    """
    unknown: dict[str, int] = {}
    for _, lines in view.ask(lambda rpc: _all_signatures(rpc, tree)):
        strange = lines.keys() - known(list(lines))
        unknown |= {signature: lines[signature] for signature in strange}
    for signature, slot in sorted(unknown.items(), key=lambda line: line[1]):
        answers = view.ask(lambda rpc, signature=signature: rpc.transaction(signature, Commitment.FINALIZED))  # type: ignore[misc]
        counts = [_mints(answer, tree) for _, answer in answers if answer is not None]
        if mints := max(counts, default=0):
            yield signature, slot, mints


def _all_signatures(rpc: Rpc, tree: str) -> dict[str, int]:
    """By signature its slot: all transactions that name the tree and did not fail."""
    found: dict[str, int] = {}
    before = ""
    for _ in range(MOST_PAGES):
        lines = rpc.signatures(tree, Commitment.FINALIZED, before)
        found |= {str(line["signature"]): int(line["slot"]) for line in lines if line.get("err") is None}
        if len(lines) < MOST_LISTED:
            return found
        before = str(lines[-1]["signature"])
    raise Unclear(f"tree {tree} has more than {MOST_PAGES * MOST_LISTED:,} transactions")


def _mints(answer: Mapping[str, Any], tree: str) -> int:
    """How many mints into this tree a transaction made, its inner instructions included. Raises Unclear."""
    try:
        message, meta = answer["transaction"]["message"], answer["meta"]
        loaded = meta.get("loadedAddresses") or {"writable": [], "readonly": []}
        keys = [*message["accountKeys"], *loaded["writable"], *loaded["readonly"]]
        inner = [call for outer in meta.get("innerInstructions") or [] for call in outer["instructions"]]
        return sum(_is_mint(call, keys, tree) for call in [*message["instructions"], *inner])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise Unclear("a transaction has not the form of one") from error


def _is_mint(call: Mapping[str, Any], keys: Sequence[str], tree: str) -> bool:
    named = [keys[index] for index in call["accounts"]]
    return keys[call["programIdIndex"]] == str(ids.BUBBLEGUM) and tree in named and base58.decode(call["data"])[:8] in _MINTS
