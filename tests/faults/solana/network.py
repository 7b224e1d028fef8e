"""A cluster as bad as clusters get while a mint is on its way: each item is minted once, and no person is called."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from chain.models import Transaction, Wallet
from chain.states import Outcome, WalletStatus
from orders.states import Status
from tests.faults.ground import expect, until
from tests.faults.killing import NEVER
from tests.faults.registry import Stage, scenario
from tests.faults.solana.ground import SolanaGround, on_solana

FINALIZED = 32  # slots
VALID = 150  # blocks that a transaction may wait for
EASY = {"drop": 0, "late": 0, "busy": 0, "lose": 0, "deny": 0, "behind": 0, "silent": 0}
MANY = 1_000


@dataclass
class World:
    """A mint on a cluster to which things happen."""

    stage: Stage
    it: SolanaGround
    happened: Counter[str] = field(default_factory=Counter)

    def any_node(self, **faults: int) -> None:
        self.it.chain.faults(second=self.stage.rng.random() < 0.5, **faults)

    def all_nodes(self, **faults: int) -> None:
        for second in (False, True):
            self.it.chain.faults(second=second, **faults)

    def pass_blocks(self, number: int) -> None:
        height = self._height()
        until(lambda: self._height() >= height + number, 60, f"{number} blocks")

    def spell(self) -> None:
        self.pass_blocks(self.stage.rng.randint(2, 30))

    def _height(self) -> int:
        """Asked as whoever runs the cluster: its nodes may be too busy for anybody else."""
        return int(self.it.chain.request("test_advance", {"slots": 0})["height"])


# -- what happens to it ----------------------------------------------------------------------------------------------------


def some_are_dropped(world: World) -> None:
    world.any_node(drop=world.stage.rng.randint(1, 20))


def all_are_dropped_until_they_have_expired(world: World) -> None:
    world.all_nodes(drop=MANY)
    world.pass_blocks(VALID + FINALIZED)
    world.all_nodes(drop=0)


def some_come_late(world: World) -> None:
    world.any_node(late=world.stage.rng.randint(1, 20), late_slots=world.stage.rng.randint(1, VALID))


def all_come_in_the_last_blocks_or_too_late(world: World) -> None:
    world.all_nodes(late=MANY, late_slots=world.stage.rng.randint(VALID - 5, VALID + 15))
    world.pass_blocks(VALID)
    world.all_nodes(late=0)


def answers_are_lost(world: World) -> None:
    world.any_node(lose=world.stage.rng.randint(1, 10))


def nodes_are_busy(world: World) -> None:
    world.any_node(busy=world.stage.rng.randint(1, 30))


def the_second_node_lags(world: World) -> None:
    world.it.chain.faults(second=True, behind=world.stage.rng.randint(1, 200))
    world.spell()
    world.it.chain.faults(second=True, behind=0)


def the_second_node_knows_nothing(world: World) -> None:
    world.it.chain.faults(second=True, deny=world.stage.rng.randint(1, 10))


def a_node_falls_silent(world: World) -> None:
    world.any_node(silent=1)
    world.spell()
    world.all_nodes(silent=0)


def a_fork_is_given_up(world: World) -> None:
    """With what stood in its blocks, or that waits again."""
    world.it.chain.fork(world.stage.rng.randint(1, FINALIZED - 2), pending=world.stage.rng.random() < 0.5)


MISHAPS: tuple[Callable[[World], None], ...] = (
    some_are_dropped, all_are_dropped_until_they_have_expired, some_come_late, all_come_in_the_last_blocks_or_too_late,
    answers_are_lost, nodes_are_busy, the_second_node_lags, the_second_node_knows_nothing, a_node_falls_silent,
    a_fork_is_given_up, a_fork_is_given_up, a_fork_is_given_up,
)  # fmt: skip


# -- the run ---------------------------------------------------------------------------------------------------------------


@scenario(5, 6, 15, 16, 18, 19, 22, 29, 61)
def solana_bad_network(stage: Stage) -> str:
    """Dropped, late to the last block, lost answers, 429, silence, a lagging node and forks while items are minted."""
    with on_solana(stage, slot_ms=25, finalized=FINALIZED) as it:
        world = World(stage, it)
        collection = it.collection(it.wallet())
        it.order_items(collection, stage.times(40, 400))
        it.cluster()
        until(lambda: it.orders(Status.BUSY).exists(), 60, lambda: f"items are on their way ({it.tally()})")
        all_are_dropped_until_they_have_expired(world)
        for _ in range(stage.times(8, 120)):
            it.order_items(collection, 10)
            _something_happens(world)
        world.all_nodes(**EASY)
        took = it.prove(120)
        it.quiet_logs(NEVER)
        return f"{_told(world)}; {collection.items.count()} items, each minted once, the last {took:.1f} s after the end"


def _something_happens(world: World) -> None:
    mishap = world.stage.rng.choice(MISHAPS)
    world.happened[mishap.__name__] += 1
    mishap(world)
    world.spell()
    quarantined = Wallet.objects.filter(status=WalletStatus.QUARANTINED).values_list("status_reason", flat=True)
    expect(not quarantined, f"no wallet is quarantined after {dict(world.happened)}: {list(quarantined)}")


def _told(world: World) -> str:
    ended = Transaction.objects.filter(wallet__network=world.it.network)
    expired = ended.filter(outcome=Outcome.EXPIRED).count()
    expect(expired, "some have expired and were signed anew")
    return f"{world.happened.total()} mishaps; {ended.count()} transactions, {expired} of them expired"
