"""What a scenario stands on: a chain with fresh contracts, an empty database, and clusters to start and to kill.

What chains of other families have in common with it is `Stand`.
"""

import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.transaction import atomic

from chain.audit import Scope
from chain.calls import checksummed
from chain.models import Network, Transaction, Wallet
from claims.models import Claim, Reward
from local.anvil import Anvil
from local.processes import Supervisor
from local.server import wait_until
from orders.audit.examine import examine
from orders.models import Order
from orders.notify import notify
from orders.states import Kind, Status
from orders.worker.runner import PULSE_LOCK, held_lanes
from tests.contracts.deployed import deploy
from tests.factories import an_address, make_network, make_pool, make_reward, make_wallet
from withdrawals.models import Pool, Withdrawal

READY_SECONDS = 60.0
BLOCK_GAS = 30_000_000
OURS = ("chain", "orders", "claims", "withdrawals", "stakes", "mints", "django_q")
MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
# What nobody may ever find in a log. A lost connection is logged as a warning where it is expected.
TROUBLE = ("Traceback", "deadlock", "LockNotAvailable", "lock timeout", "IntegrityError", "CRITICAL")

Child = subprocess.Popen[bytes]


class Failed(Exception):
    """A scenario did not come out as it must; the message says what was seen instead."""


@dataclass
class Stand(ABC):
    """One network in an empty database, and the processes that work on it."""

    network: Network
    processes: Supervisor

    # -- processes -------------------------------------------------------------------------------------------------

    def cluster(self, **env: str) -> Child:
        """A started `manage.py work`; its pulse beats, or that of an earlier one does."""
        return self._manage("work", env, lambda: PULSE_LOCK in held_lanes())

    def command(self, name: str, *arguments: str, **env: str) -> Child:
        """A management command, left running."""
        return self._manage(name, env, None, *arguments)

    def _manage(self, name: str, env: Mapping[str, str], ready: Callable[[], bool] | None, *arguments: str) -> Child:
        """A child in a session of its own. The log has a number in its name: a restart keeps what was said before."""
        number = len(list(self.processes.log_dir.glob(f"{name}-*")))
        command = [*MANAGE, name, *arguments]
        return self.processes.start(f"{name}-{number}", command, env=env, ready=ready, seconds=READY_SECONDS)

    def kill(self, *children: Child) -> None:
        """SIGKILL to these and to all below them at once, as a machine that loses its power would."""
        doomed = [each for child in children for each in tree(child)]
        for each in doomed:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        for child in children:
            child.wait()
        _, left = psutil.wait_procs(doomed, 10)
        expect(not left, f"all are dead, not {left}")

    # -- the end ---------------------------------------------------------------------------------------------------

    def orders(self, *status: Status) -> QuerySet[Order]:
        """Orders on the chain of this ground, in any of these states."""
        return Order.objects.filter(wallet__network=self.network, status__in=status or list(Status))

    def is_quiet(self) -> bool:
        unsettled = Transaction.objects.open().filter(wallet__network=self.network)
        return not self.orders(Status.PENDING, Status.BUSY).exists() and not unsettled.exists()

    def prove(self, seconds: float = 60.0) -> float:
        """Wait until all is quiet, then audit. Seconds until it was quiet. Raises Failed."""
        began = time.monotonic()
        until(self.is_quiet, seconds, lambda: f"all orders ended ({self.tally()})")
        took = time.monotonic() - began
        undone = self.orders().exclude(status=Status.COMPLETED)
        expect(not undone.exists(), f"every order completed: {self.tally()}")
        self.audit()
        return took

    @abstractmethod
    def audit(self) -> None:
        """Hold what is stored against the chain. Raises Failed with the first findings."""

    def tally(self) -> str:
        counts = {status: self.orders(status).count() for status in Status}
        waits = Wallet.objects.exclude(waiting="").values_list("name", "waiting", "waiting_detail")
        return f"{ {str(status): number for status, number in counts.items() if number} } {list(waits) or ''}"

    def quiet_logs(self, trouble: Sequence[str] = TROUBLE) -> None:
        """No process has logged what would make a person get up. Raises Failed."""
        for path in sorted(self.processes.log_dir.glob("*.log")):
            troubles = [line for line in path.read_text(errors="replace").splitlines() if any(word in line for word in trouble)]
            expect(not troubles, f"{path.name} is quiet, but says: {troubles[:2]}")


@dataclass
class Ground(Stand):
    """One scenario's world. Its wallets are anvil's accounts from number 1 on; number 0 deploys."""

    chain: Anvil
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    # -- rows ------------------------------------------------------------------------------------------------------

    def wallet(self, network: Network | None = None, **over: Any) -> Wallet:
        number = next(self._numbers)
        address = checksummed(self.chain.request("eth_accounts")[number])
        return make_wallet(network=network or self.network, address=address, signer=f"mnemonic:m/44'/60'/0'/0/{number}", **over)

    def badge(self, wallet: Wallet | None = None, batch_size: int = 20) -> Reward:
        """A reward on an ERC-721 contract of its own."""
        wallet = wallet or self.wallet()
        deployer = self.chain.request("eth_accounts")[0]
        contract = deploy(self.chain.request, "Badge721", "Badge", "BDG", deployer, wallet.address).address
        return make_reward(wallet=wallet, contract=contract, batch_size=batch_size)

    def token_pool(self, wallet: Wallet | None = None) -> Pool:
        """A pool on an ERC-20 of its own, with enough in it."""
        wallet = wallet or self.wallet()
        token = deploy(self.chain.request, "DemoToken", "Token", "TKN", self.chain.request("eth_accounts")[0])
        token.send("mint", wallet.address, 10**12)
        return make_pool(wallet=wallet, token=token.address)

    def order_claims(self, reward: Reward, number: int) -> list[Order]:
        """So many claims for as many people, in one commit that wakes the lane."""
        minter = None if reward.sender == reward.wallet else reward.wallet
        orders = [Order(kind=Kind.CLAIM, wallet=reward.sender, group=reward.pk) for _ in range(number)]
        with atomic():
            Order.objects.bulk_create(orders)
            Claim.objects.bulk_create(
                Claim(order=order, reward=reward, recipient=an_address(), minter=minter) for order in orders
            )
            notify([reward.sender.pk])
        return orders

    def order_withdrawals(self, pool: Pool, number: int) -> list[Order]:
        orders = [Order(kind=Kind.WITHDRAWAL, wallet=pool.wallet, group=pool.pk) for _ in range(number)]
        with atomic():
            Order.objects.bulk_create(orders)
            Withdrawal.objects.bulk_create(
                Withdrawal(order=order, pool=pool, recipient=an_address(), amount=1000) for order in orders
            )
            notify([pool.wallet.pk])
        return orders

    # -- the end ------------------------------------------------------------------------------------------------------

    def audit(self) -> None:
        """As `manage.py audit` does. Raises Failed with the first findings."""
        self.chain.request("anvil_mine", hex(self.network.confirmations))  # a stray payment in the last block is final, too
        findings = [finding.sentence for finding in examine(Scope(list(self.network.wallets.select_related("network"))))]
        expect(not findings, "; ".join(findings[:5]))


def tree(child: Child) -> list[psutil.Process]:
    """The child and everything below it."""
    root = psutil.Process(child.pid)
    return [root, *root.children(recursive=True)]


def until(condition: Callable[[], bool], seconds: float, what: str | Callable[[], str]) -> float:
    """Wait for it; the seconds it took. Raises Failed."""
    began = time.monotonic()
    if not wait_until(condition, seconds):
        raise Failed(f"not within {seconds:.0f} s: {what if isinstance(what, str) else what()}")
    return time.monotonic() - began


def expect(holds: object, what: str) -> None:
    """An `assert` that -O does not remove."""
    if not holds:
        raise Failed(f"expected: {what}")


@contextmanager
def ground(logs: Path, *, block_time: float | None = 1, confirmations: int = 2) -> Iterator[Ground]:
    """An empty database, a new chain and a supervisor. Nothing of it is left afterwards."""
    empty()
    with Anvil(block_time=block_time, gas_limit=BLOCK_GAS) as chain, Supervisor(logs) as processes:
        network = make_network(chain_id=chain.chain_id, rpc_urls=chain.url, confirmations=confirmations)
        yield Ground(network, processes, chain)


def empty() -> None:
    """A database that remembers nothing, and no journal that remembers more."""
    shutil.rmtree(settings.JOURNAL_DIR, ignore_errors=True)
    tables = ", ".join(model._meta.db_table for app in OURS for model in apps.get_app_config(app).get_models())
    with atomic(), connection.cursor() as cursor:
        # Past the triggers that let nobody empty a history: only a superuser of the database may say so.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"TRUNCATE {tables} CASCADE")


def sent(orders: Sequence[Order]) -> bool:
    """Whether each of these has reached a node."""
    found = Order.objects.filter(pk__in=[order.pk for order in orders], transaction__attempts__first_sent_at__isnull=False)
    return found.distinct().count() == len(orders)
