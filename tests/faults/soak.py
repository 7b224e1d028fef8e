"""Everything at once, for as long as one likes: a fault every few seconds, while customers and staff go about their day."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psutil  # type: ignore[import-untyped]
from django.db import connection

from chain import steering
from chain.models import Network, Transaction, Wallet
from chain.states import TransactionStatus, WalletStatus
from demo.gas import DearGas
from orders import actions
from orders.models import Order
from orders.states import Reason, Status
from tests.faults.anatomy import EVERYWHERE, OF_A_WORKER, left_over, processes
from tests.faults.ground import Ground, expect, until
from tests.faults.killing import NEVER, System, calmly
from tests.faults.registry import Stage, scenario
from tests.proxy import Proxy, Way, silent
from withdrawals.models import Pool

CONFIRMATIONS = 6  # blocks; no reorganisation here goes as deep
CEILING = 50 * 10**9  # wei per gas
RICH = hex(10_000 * 10**18)  # wei
SETTLES_WITHIN = 180.0  # seconds from the last fault
STAFF = "staff:soak"
# What staff and customers have stopped stays as they left it, and goes on when they let it.
STOPPED = (Reason.STAFF, Reason.TRANSACTION_CANCELLED)


@dataclass
class World:
    """A system at work on a chain of which one of two nodes stands behind a wire that breaks."""

    stage: Stage
    it: Ground
    system: System
    pool: Pool
    wire: Proxy
    happened: Counter[str] = field(default_factory=Counter)

    def pass_time(self, seconds: float) -> None:
        """Customers come, and the process manager starts again what has ended."""
        self.system.trickle_for(seconds)

    def spell(self) -> None:
        self.pass_time(self.stage.rng.uniform(0.5, 5))

    def some_order(self, *status: Status) -> Order | None:
        return self.it.orders(*status).order_by("?").first()

    def some_wallet(self) -> Wallet:
        return self.stage.rng.choice(list(self.it.network.wallets.order_by("name")))


# -- what happens to it ------------------------------------------------------------------------------------------------


def a_process_dies(world: World) -> None:
    rng = world.stage.rng
    world.system.kill(rng, *rng.sample(EVERYWHERE, rng.choice((1, 1, 2))))


def a_process_freezes(world: World) -> None:
    some = [process for role in OF_A_WORKER for process in processes()[role]]
    if some:
        frozen = world.stage.rng.choice(some)
        with suppress(psutil.NoSuchProcess):
            frozen.suspend()
            world.spell()
            frozen.resume()


def sessions_are_cut(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename IS NOT NULL"
        )


def blocks_leave_the_chain(world: World) -> None:
    world.it.chain.request("anvil_reorg", world.stage.rng.randint(1, CONFIRMATIONS - 2), [])


def the_pool_is_lost(world: World) -> None:
    world.it.chain.request("anvil_dropAllTransactions")


def the_chain_stands_still(world: World) -> None:
    world.it.chain.request("evm_setIntervalMining", 0)
    world.spell()
    world.it.chain.request("evm_setIntervalMining", 1)


def gas_is_dear(world: World) -> None:
    with DearGas(world.it.chain):
        world.spell()


def a_wallet_runs_dry(world: World) -> None:
    wallet = world.some_wallet()
    world.it.chain.request("anvil_setBalance", wallet.address, "0x0")
    world.spell()
    world.it.chain.request("anvil_setBalance", wallet.address, RICH)


def the_wire_breaks(world: World) -> None:
    world.wire.cut()


def the_wire_falls_silent(world: World) -> None:
    world.wire.harm = silent(world.stage.rng.choice(list(Way)))
    world.spell()
    world.wire.heal()
    world.wire.cut()


def the_wire_is_slow(world: World) -> None:
    world.wire.delay = world.stage.rng.uniform(0.1, 1)
    world.spell()
    world.wire.heal()


def staff_pause_a_wallet(world: World) -> None:
    wallet = world.some_wallet()
    if steering.pause(wallet, by=STAFF, reason="soak"):
        world.spell()
        steering.resume(wallet, by=STAFF, reason="soak")


def staff_cancel_a_transaction(world: World) -> None:
    sent = Transaction.objects.filter(wallet__network=world.it.network, status=TransactionStatus.SENT).order_by("?").first()
    if sent is not None:
        steering.ask_to_cancel(sent, by=STAFF, reason="soak")


def staff_hold_an_order(world: World) -> None:
    _ask(actions.hold, world.some_order(Status.PENDING))


def a_customer_cancels(world: World) -> None:
    _ask(actions.cancel, world.some_order(Status.PENDING))


def staff_release_what_they_stopped(world: World) -> None:
    _ask(actions.release, world.it.orders(Status.HELD).filter(reason__in=STOPPED).order_by("?").first())


def _ask(action: Callable[..., Order], order: Order | None) -> None:
    if order is not None:
        with suppress(actions.NotAllowed):
            action(order.pk, actor=STAFF, reason="soak")


MISHAPS: tuple[Callable[[World], None], ...] = (
    a_process_dies, a_process_freezes, sessions_are_cut,
    blocks_leave_the_chain, the_pool_is_lost, the_chain_stands_still, gas_is_dear, a_wallet_runs_dry,
    the_wire_breaks, the_wire_falls_silent, the_wire_is_slow,
    staff_pause_a_wallet, staff_cancel_a_transaction, staff_hold_an_order, a_customer_cancels, staff_release_what_they_stopped,
)  # fmt: skip


# -- the run -----------------------------------------------------------------------------------------------------------


@scenario(11, 12, 22, 23, 24, 27, 29, 33, 38, 46)
def soak(stage: Stage) -> str:
    """A random mishap every few seconds over claims and withdrawals; in the end each order is where it should be, paid once."""
    seconds = stage.soak or stage.times(25, 90)
    with stage.ground(confirmations=CONFIRMATIONS) as it, _a_world(stage, it) as world:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            world.pass_time(stage.rng.uniform(1, 4))
            _something_happens(world)
        took = _calm(world)
        tally = f"{it.orders(Status.COMPLETED).count()} orders completed and {it.orders(Status.CANCELLED).count()} cancelled"
    expect(not left_over(), f"nothing is left, but there is {left_over()}")
    return f"{sum(world.happened.values())} mishaps in {seconds:.0f} s; {tally}, the last {took:.1f} s after the end"


@contextmanager
def _a_world(stage: Stage, it: Ground) -> Iterator[World]:
    port = int(it.chain.url.rpartition(":")[2])
    with Proxy("127.0.0.1", port) as wire:
        urls = f"http://127.0.0.1:{wire.port}\n{it.chain.url}"
        Network.objects.filter(pk=it.network.pk).update(rpc_urls=urls, gas_ceiling=CEILING, bump_after=10)
        pool = it.token_pool()
        yield World(stage, it, System.start(it), pool, wire)


def _something_happens(world: World) -> None:
    mishap = world.stage.rng.choice(MISHAPS)
    world.happened[mishap.__name__] += 1
    if world.stage.soak:
        calmly(lambda: world.stage.say(f"{world.it.tally()} {mishap.__name__}"))()
    calmly(lambda: world.it.order_withdrawals(world.pool, world.stage.rng.randint(1, 4)))()
    calmly(lambda: mishap(world))()


def _calm(world: World) -> float:
    """Seconds until all has ended after the last mishap, each order completed or cancelled. Raises Failed."""
    began = time.monotonic()
    world.system.settle_customers()
    until(calmly(lambda: _all_released(world)), SETTLES_WITHIN, lambda: f"all orders ended ({world.it.tally()})")
    took = time.monotonic() - began
    ended = world.it.orders(Status.COMPLETED, Status.CANCELLED).count()
    expect(ended == world.it.orders().count(), f"nothing here has a reason to fail: {world.it.tally()}")
    quarantined = Wallet.objects.filter(status=WalletStatus.QUARANTINED).values_list("status_reason", flat=True)
    expect(not quarantined, f"no wallet is quarantined: {list(quarantined)}")
    world.it.audit()
    world.it.quiet_logs(NEVER)
    return took


def _all_released(world: World) -> bool:
    """Staff let everything go on that they had stopped; and then nothing is left to do."""
    world.it.processes.mend()
    for wallet in world.it.network.wallets.filter(status=WalletStatus.PAUSED):
        steering.resume(wallet, by=STAFF, reason="soak")
    for order in world.it.orders(Status.HELD).filter(reason__in=STOPPED)[:20]:
        _ask(actions.release, order)
    return world.it.is_quiet() and not world.it.orders(Status.HELD).exists()
