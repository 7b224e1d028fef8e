"""The bill of a dry run on Solana: the transactions that would be next, each tried out. Nothing is written or signed."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from chain import decisions
from chain.models import Network, Wallet
from chain.solana import fees
from chain.solana.cluster import Cluster, cluster_for
from chain.solana.fees import PriorityAboveCeiling
from chain.solana.lane import LAMPORTS
from orders.bill import Line
from orders.models import Order
from orders.plan import pick
from orders.queue import Detail
from orders.solana.plan import Bundle, Plan, make_plan
from orders.states import Kind, Status


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction: how many items it mints, or what it opens; its bytes, and the compute units that it asks for.

    `fee` and `lamports` are both in lamports: of the transaction itself, and what leaves the wallet besides.
    """

    mints: int
    opens: str
    size: int
    units: int
    fee: int
    lamports: int

    def __str__(self) -> str:
        what = self.opens or f"{self.mints} items"
        cost = f"fee {self.fee:,} lamports" + (f", and {self.lamports:,} besides" if self.lamports else "")
        return f"{what}: {self.size:,} bytes, {self.units:,} compute units, {cost}"


@dataclass(frozen=True, slots=True)
class Bill:
    """The next step of one group of one wallet. `price` in micro-lamports a compute unit, `cost` in lamports.

    `held_up` says why nothing of it would be signed. `behind` is how many more orders of the group are pending.
    """

    group: UUID
    lines: Sequence[Line]
    steps: Sequence[Step] = ()
    price: int = 0
    cost: int = 0
    held_up: str = ""
    behind: int = 0

    def total(self, currency: str) -> str:
        """What it comes to, for people; one line a transaction before it."""
        units = sum(step.units for step in self.steps)
        price = f"{self.price:,} micro-lamports each" if self.price else "no price"
        cost = decisions.coins(self.cost, currency, LAMPORTS)
        end = f"{len(self.steps)} transactions, {units:,} compute units at {price}: {cost}"
        return "\n  ".join([*(f"transaction {number}: {step}" for number, step in enumerate(self.steps, 1)), end])


@dataclass(frozen=True, slots=True)
class _Looker:
    """Who asks what a lane would ask, without being one."""

    wallet: Wallet
    network: Network
    cluster: Cluster


def bills(wallet: Wallet, kinds: Collection[Kind]) -> Iterator[Bill]:
    """One bill for each group with pending orders, oldest first. Raises ChainError when no node can be asked."""
    looker = _Looker(wallet, wallet.network, cluster_for(wallet.network))
    balance = looker.cluster.snapshot(wallet.address).balance
    skip: set[UUID] = set()
    while picked := pick(wallet, wallet.max_in_flight, kinds, skip):
        queue, details = picked
        group = details[0].order.group
        skip.add(group)
        behind = Order.objects.filter(wallet=wallet, group=group, status=Status.PENDING).count() - len(details)
        try:
            plan = make_plan(looker, queue, details, wallet.max_in_flight)
        except PriorityAboveCeiling as error:
            yield Bill(group, [Line(detail.pk, "", "") for detail in details], held_up=str(error), behind=behind)
        else:
            yield _bill(plan, balance, details, behind)


def _bill(plan: Plan, balance: int, details: Sequence[Detail], behind: int) -> Bill:
    steps = [_step(bundle, plan.fees.max_fee) for bundle in plan.bundles]
    return Bill(plan.group, list(_lines(plan, details)), steps, plan.fees.max_fee, plan.cost, _held_up(plan, balance), behind)


def _step(bundle: Bundle, price: int) -> Step:
    return Step(
        mints=len(bundle.details),
        opens=bundle.work.get_work_display() if bundle.work else "",
        size=len(bundle.draft.unsigned(price)),
        units=bundle.units,
        fee=fees.cost(bundle.draft.signatures, bundle.units, price),
        lamports=bundle.lamports,
    )


def _held_up(plan: Plan, balance: int) -> str:
    if plan.cost > balance:
        return f"The wallet has {balance:,} of {plan.cost:,} lamports."
    on_its_way = "" if plan.bundles or plan.refused else "What the collection needs first is on its way."
    return plan.strange or plan.stop or plan.lack or on_its_way


def _lines(plan: Plan, details: Sequence[Detail]) -> Iterator[Line]:
    problems = {move.order: move.fail_reason or move.note for move in plan.refused}
    places = {detail.pk: number for number, bundle in enumerate(plan.bundles, 1) for detail in bundle.details}
    opens = any(bundle.work for bundle in plan.bundles)
    for detail in details:
        told = f"minted by transaction {places[detail.pk]}" if detail.pk in places else ""
        yield Line(detail.pk, "once this is opened" if opens else told, problems.get(detail.pk, ""))
