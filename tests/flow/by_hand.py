"""A lane on anvil, turn by turn, on a chain that mines only when it is told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chain.calls import checksummed
from chain.lane import Lane
from chain.models import Attempt, Transaction, Wallet
from claims.models import Claim, Reward
from orders.models import Order
from orders.queue import queues
from orders.states import Status
from orders.turn import Turn, take_turn
from tests.contracts.deployed import Deployed
from tests.flow.conftest import World
from tests.lanes import opened

ROUNDS = 6  # of turns and blocks, within which all must be settled


@dataclass(frozen=True, slots=True)
class ByHand:
    world: World
    lane: Lane

    def turn(self) -> Turn:
        return take_turn(self.lane, list(queues()))

    def mine(self, blocks: int = 1) -> None:
        self.world.chain.request("anvil_mine", hex(blocks))

    def reorg(self, depth: int, *raw: bytes) -> None:
        """Other blocks in place of the last ones; the newest of them has these transactions."""
        self.world.chain.request("anvil_reorg", depth, [["0x" + each.hex(), depth - 1] for each in raw])

    def evict(self) -> None:
        self.world.chain.request("anvil_dropAllTransactions")

    def send(self, raw: bytes) -> None:
        self.world.chain.request("eth_sendRawTransaction", "0x" + raw.hex())

    def in_pool(self) -> int:
        return int(self.world.chain.request("txpool_status")["pending"], 16)

    def base_fee(self, wei: int) -> None:
        """The next block has this base fee; it is mined."""
        self.world.chain.request("anvil_setNextBlockBaseFeePerGas", hex(wei))
        self.mine()

    def balance(self, wei: int) -> None:
        self.world.chain.request("anvil_setBalance", self.lane.wallet.address, hex(wei))

    def refuse(self, badge: Deployed, claim: Claim, refused: bool = True) -> None:
        """Tell the badge to refuse a recipient, by a transaction that goes before all of ours in the next block."""
        call = {"from": badge.sender, "to": badge.address, "data": "0x" + badge.data("refuse", claim.recipient, refused).hex()}
        fees = {"maxFeePerGas": hex(10**12), "maxPriorityFeePerGas": hex(10**11), "gas": hex(100_000)}
        self.world.chain.request("eth_sendTransaction", call | fees)

    def finish(self) -> None:
        """Turns and blocks until nothing is on its way."""
        for _ in range(ROUNDS):
            self.turn()
            if not Order.objects.filter(status__in=[Status.PENDING, Status.BUSY]).exists():
                return
            self.mine(self.world.network.confirmations)


@contextmanager
def by_hand(world: World, wallet: Wallet, confirmations: int = 2) -> Iterator[ByHand]:
    """From here on blocks come by hand, and this wallet's lane is held."""
    world.network.confirmations = confirmations
    world.network.save()
    world.chain.request("evm_setAutomine", False)
    with opened(Wallet.objects.select_related("network").get(pk=wallet.pk)) as lane:
        yield ByHand(world, lane)


def each_may_fail(world: World, **over: Any) -> tuple[Reward, Deployed]:
    """A badge claimed through Multicall3, where each call may fail alone; it lets Multicall3 mint, which no real one should."""
    multicall3 = checksummed(world.put("Multicall3").address)
    world.network.multicall3 = multicall3
    world.network.save()
    reward, badge = world.badge(strategy="aggregate3", needs_role=False, **over)
    badge.send("grantRole", badge.call("MINTER_ROLE"), multicall3)
    return reward, badge


def all_or_nothing(world: World, **over: Any) -> tuple[Reward, Deployed]:
    """A badge claimed through its own multicall."""
    return world.badge(**over)


def fees() -> list[tuple[int, int]]:
    """(max fee, tip) of every attempt in wei, oldest first."""
    return list(Attempt.objects.order_by("pk").values_list("max_fee", "tip"))


def raws() -> list[bytes]:
    return [bytes(raw) for raw in Attempt.objects.order_by("pk").values_list("raw", flat=True)]


def statuses(*claims: Claim) -> list[tuple[str, str]]:
    found = {order.pk: (order.status, order.reason) for order in Order.objects.all()}
    return [found[claim.pk] for claim in claims]


def minted(badge: Deployed, *claims: Claim) -> list[int]:
    """How many badges each recipient has."""
    return [badge.call("balanceOf", claim.recipient) for claim in claims]


def only_transaction() -> Transaction:
    return Transaction.objects.get()
