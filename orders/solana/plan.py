"""From the oldest pending items of a collection to the transactions that would mint them, or that open what they need first.

Nothing here writes or signs. Every transaction is tried out before: the item at fault is taken out with its reason, and the
others go on; what is nobody's fault stops the collection, or waits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from chain.errors import NodesDisagree
from chain.fees import Fees
from chain.models import Network, Wallet
from chain.solana import draft as drafts
from chain.solana import fees as costs
from chain.solana import minting, opening, past
from chain.solana.cluster import Cluster
from chain.solana.draft import BUDGET, Draft, Instruction
from chain.solana.errors import Fault, Remedy
from chain.solana.observing import count
from chain.solana.rpc import Commitment, Rpc
from chain.solana.trying import try_out
from chain.states import Waiting
from orders import ground
from orders.groundwork import Groundwork, Work
from orders.models import Order
from orders.moves import Move
from orders.queue import Detail, Queue
from orders.states import Reason, Status

_COLLECTIONS = (Work.METADATA_COLLECTION, Work.CORE_COLLECTION)
_WAITS = {Remedy.FUNDS: Waiting.FUNDS, Remedy.RETRY: Waiting.NODE}


class Payer(Protocol):
    """What planning needs to know: a lane, or, for a dry run, the wallet of one that nobody has to hold."""

    @property
    def wallet(self) -> Wallet: ...

    @property
    def network(self) -> Network: ...

    @property
    def cluster(self) -> Cluster: ...


@dataclass(frozen=True, slots=True)
class Bundle:
    """One transaction to be: the items that it mints, or the groundwork that it does. Lamports besides the fee."""

    draft: Draft
    units: int
    lamports: int
    details: Sequence[Detail] = ()
    work: Groundwork | None = None


@dataclass(slots=True)
class Plan:
    """What the next step of a collection would be. `stop` and `lack` say why it cannot go on, `waits` what kind of lack it is.

    `strange` is what the chain shows that cannot be of our making.
    """

    group: UUID
    fees: Fees
    bundles: list[Bundle] = field(default_factory=list)
    refused: list[Move] = field(default_factory=list)
    stop: str = ""
    lack: str = ""
    waits: Waiting = Waiting.NODE
    strange: str = ""

    @property
    def cost(self) -> int:
        """Lamports that the wallet must have for it."""
        return sum(
            costs.cost(bundle.draft.signatures, bundle.units, self.fees.max_fee) + bundle.lamports for bundle in self.bundles
        )

    def blame(self, fault: Fault) -> None:
        if fault.remedy in _WAITS:
            self.lack, self.waits = fault.sentence.rstrip("."), _WAITS[fault.remedy]
        else:
            self.stop = fault.sentence


def make_plan(lane: Payer, queue: Queue, details: Sequence[Detail], room: int) -> Plan:
    """Raises PriorityAboveCeiling, RpcUnavailable, RpcError: then no order is blamed."""
    group = details[0].order.group
    works = ground.of(group)
    about = [work.address for work in works if work.done_at] or [lane.wallet.address]
    plan = Plan(group, costs.quote(lane.cluster.ask(lambda node: node.priority_fees(about)), lane.network.ceiling))
    undone = [work for work in works if work.done_at is None]
    if not any(work.work == Work.TREE for work in works):
        plan.stop = "No tree is planned for it: its mint job does that."
    elif undone and not any(work.transaction_id for work in undone):  # else it is being made, and its items wait
        _open(lane, plan, undone[:room])
    elif not undone and _tree_is_ours(lane, plan, tree_of(works)):
        candidates = list(_candidates(lane, plan, queue, details, works))
        _mint(lane, plan, candidates, tree_of(works).address, room)
    return plan


def tree_of(works: Sequence[Groundwork]) -> Groundwork:
    return next(work for work in works if work.work == Work.TREE)


def _tree_is_ours(lane: Payer, plan: Plan, tree: Groundwork) -> bool:
    """Whether it has the leaves that are noted here, and no more than what is on its way could have added.

    More of them: this database is older than the chain, or somebody else has the key. Fewer: the node is behind.
    """
    on_its_way = Order.objects.filter(group=tree.group, status=Status.BUSY).count()
    found = lane.cluster.ask(lambda node: _leaves(node, tree))
    if found < tree.leaves:
        lane.cluster.turn_away()
        plan.lack, plan.waits = f"The node has seen {found:,} leaves of the tree, and {tree.leaves:,} are noted", Waiting.BEHIND
    elif found > tree.leaves + on_its_way:
        said = lane.cluster.everywhere(lambda node: _leaves(node, tree))
        if not all(isinstance(each, int) and each > tree.leaves + on_its_way for each in said):
            raise NodesDisagree
        plan.strange = f"Tree {tree.address} has {found:,} leaves, and only {tree.leaves + on_its_way:,} can be of our making."
    return not (plan.lack or plan.strange)


def _leaves(node: Rpc, tree: Groundwork) -> int:
    return count(node, tree.address, {tree.address: tree.leaves}, Commitment.CONFIRMED)


# -- groundwork --------------------------------------------------------------------------------------------------------


def _open(lane: Payer, plan: Plan, works: Sequence[Groundwork]) -> None:
    """Nothing where this database may have forgotten that it was opened already."""
    plan.strange = past.strange(lane.cluster, lane.wallet)
    if plan.strange:
        return
    for work in works:
        draft = _opening(lane, work)
        tried = try_out(lane.cluster, draft, plan.fees.max_fee)
        if tried.fault is not None:
            plan.blame(tried.fault)
            return
        plan.bundles.append(Bundle(draft, tried.units, tried.lamports, work=work))


def _opening(lane: Payer, work: Groundwork) -> Draft:
    wallet = lane.wallet.address
    match Work(work.work):
        case Work.METADATA_COLLECTION:
            return opening.metadata_collection(wallet, work.spec)
        case Work.CORE_COLLECTION:
            return opening.core_collection(wallet, work.spec)
        case _:
            size = opening.shape_of(work.spec).size
            return opening.tree(wallet, work.spec, lane.cluster.ask(lambda node: node.rent(size, Commitment.FINALIZED)))


# -- items -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Candidate:
    detail: Detail
    instruction: Instruction


def _mint(lane: Payer, plan: Plan, candidates: Sequence[_Candidate], tree: str, room: int) -> None:
    """As many transactions as there is room for, each tried out."""
    for group in list(_packed(lane.wallet.address, candidates))[:room]:
        _try(lane, plan, tree, group)
        if plan.stop or plan.lack:
            return


def collection_of(works: Sequence[Groundwork]) -> str:
    """The account that the items are filed under; empty where there is none."""
    return next((work.address for work in works if work.work in _COLLECTIONS), "")


def _candidates(
    lane: Payer, plan: Plan, queue: Queue, details: Sequence[Detail], works: Sequence[Groundwork]
) -> Iterator[_Candidate]:
    """Those that can be built and fit into a transaction by themselves; the others are refused."""
    assert queue.leaf is not None, f"{queue.kind} has no compressed form"
    wallet, tree, collection = lane.wallet.address, tree_of(works).address, collection_of(works)
    for detail in details:
        try:
            candidate = _Candidate(detail, minting.instruction(queue.leaf(detail), wallet, tree, collection))
            drafts.check(wallet, candidate.instruction)
        except ValueError as error:  # TooLarge among them
            plan.refused.append(_refusal(detail, Reason.INVALID, str(error)))
        else:
            yield candidate


def _packed(payer: str, candidates: Sequence[_Candidate]) -> Iterator[list[_Candidate]]:
    """In groups that each fit into one transaction, in the order of the items."""
    left = list(candidates)
    for group in drafts.pack(payer, [candidate.instruction for candidate in candidates]):
        yield left[: len(group)]
        del left[: len(group)]


def _try(lane: Payer, plan: Plan, tree: str, group: list[_Candidate]) -> None:
    """Try the transaction out, without those of its items that are at fault, until the rest of it would succeed."""
    payer = lane.wallet.address
    while group:
        draft = Draft(payer, tree, tuple(candidate.instruction for candidate in group))
        tried = try_out(lane.cluster, draft, plan.fees.max_fee)
        if tried.fault is None:
            plan.bundles.append(Bundle(draft, tried.units, tried.lamports, [candidate.detail for candidate in group]))
            return
        at = (tried.fault.position or 0) - BUDGET
        if tried.fault.remedy is not Remedy.ROW or not 0 <= at < len(group):
            plan.blame(tried.fault)
            return
        plan.refused.append(_refusal(group.pop(at).detail, Reason.SIMULATION_REVERTED, tried.fault.sentence))


def _refusal(detail: Detail, reason: Reason, why: str) -> Move:
    return Move(detail.pk, Status.PENDING, Status.FAILED, reason, fail_reason=why)
