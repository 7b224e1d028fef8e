"""Nobody is killed here: many hands at once, a node that hangs, gas that is too dear, and a wallet with too little."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from django.test import Client as Browser
from django.utils import timezone

from chain.models import Attempt, Network, Wallet
from chain.states import Waiting
from claims.models import Reward
from demo.gas import DearGas
from orders.models import Order
from orders.states import Status
from tests.factories import make_network, make_reward
from tests.faults.ground import Ground, expect, sent, until
from tests.faults.registry import Stage, scenario

CEILING = 50 * 10**9  # wei per gas
ETHER = 10**18


@scenario(43)
def two_clusters_and_a_manual_run(stage: Stage) -> str:
    """Three hands on one wallet: no order twice, no gap in the nonces, and no lock that anybody would hear of."""
    with stage.ground() as it:
        reward = it.badge()
        it.order_claims(reward, stage.times(600, 2000))
        clusters = [it.cluster(), it.cluster()]
        manual = it.command("process_claims")
        took = it.prove(stage.times(120, 300))
        expect(manual.wait(60) == 0, "the manual run ends well")
        expect(all(cluster.poll() is None for cluster in clusters), "both clusters still run")
        it.quiet_logs()
        return f"{it.orders(Status.COMPLETED).count()} orders in {took:.1f} s after the third process started"


@scenario(22)
def hung_rpc_delays_nobody(stage: Stage) -> str:
    """A node that takes connections and never answers costs other wallets less than 5 s."""
    with stage.ground() as it, _hung() as url:
        hung = make_network(chain_id=it.chain.chain_id + 1, rpc_urls=url)
        rewards = [it.badge() for _ in range(3)]
        sick = [_unreachable(it, hung) for _ in range(5)]
        it.cluster()
        until(lambda: _seen_hanging(hung), 30, "a lane has run into the hung node")
        worst = max(_until_sent(it, rewards) for _ in range(stage.times(3, 10)))
        it.prove()
        waiting = Order.objects.filter(wallet__in=sick, status=Status.PENDING)
        expect(waiting.count() == len(sick), "nobody blames the sick orders")
        return f"slowest order reached a node after {worst:.2f} s"


@contextmanager
def _hung() -> Iterator[str]:
    """The URL of a node that accepts connections and says nothing."""
    kept: list[socket.socket] = []

    def accept() -> None:
        with suppress(OSError):  # closed: the scenario is over
            while True:
                kept.append(listener.accept()[0])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in kept:
        connection.close()


def _unreachable(it: Ground, network: Network) -> Wallet:
    wallet = it.wallet(network)
    it.order_claims(make_reward(wallet=wallet), 1)
    return wallet


def _seen_hanging(network: Network) -> bool:
    return Network.objects.filter(pk=network.pk, rests_until__isnull=False).exists()


def _until_sent(it: Ground, rewards: list[Reward]) -> float:
    orders = [it.order_claims(reward, 1)[0] for reward in rewards]
    return until(lambda: sent(orders), 5, lambda: f"orders of healthy wallets sent ({it.tally()})")


@scenario(24)
def gas_above_the_ceiling(stage: Stage) -> str:
    """Orders wait without blame while gas is too dear, and go on within 5 s once it falls, the oldest first."""
    with stage.ground() as it:
        Network.objects.filter(pk=it.network.pk).update(gas_ceiling=CEILING)
        reward = it.badge()
        it.cluster()
        with DearGas(it.chain):
            it.order_claims(reward, 60)
            until(lambda: Wallet.objects.filter(waiting=Waiting.GAS).exists(), 15, "the wallet says that it waits for gas")
            _stay(it, stage.times(10, 30), "dear")
            fell = timezone.now()
        until(Attempt.objects.exists, 5, lambda: f"a transaction after the fall ({it.tally()})")
        it.prove()
        _oldest_first(it)
        return f"first transaction signed {_first_after(fell):.2f} s after the fall"


@scenario(33, 58)
def balance_below_the_minimum(stage: Stage) -> str:
    """A wallet has less than it must for a while: nothing fails, and all is done after the top-up."""
    with stage.ground() as it:
        reward = it.badge()
        wallets = Wallet.objects.filter(pk=reward.sender.pk)
        wallets.update(minimum_balance=ETHER, alert_balance=2 * ETHER)
        it.cluster()
        until(lambda: _probe("readiness") == 200, 90, "a wallet with enough is looked at, and ready")
        it.chain.request("anvil_setBalance", reward.sender.address, hex(ETHER - 1))
        it.order_claims(reward, 60)
        until(lambda: wallets.get().waiting == Waiting.FUNDS, 30, "the wallet says that it waits for coin")
        _stay(it, stage.times(5, 30), "poor")
        expect(_probe("liveness") == 200, "whoever starts dead processes again leaves it alone")
        expect((_probe("readiness"), _probe("")) == (500, 500), "people are told")
        it.chain.request("anvil_setBalance", reward.sender.address, hex(100 * ETHER))
        took = it.prove()
        until(lambda: _probe("readiness") == 200, 30, "it is ready again")
        return f"60 orders waited without blame, and were done {took:.1f} s after the top-up"


def _probe(which: str) -> int:
    """What an uptime tool sees."""
    return Browser(SERVER_NAME="localhost").get(f"/api/monitor/{which}".rstrip("/")).status_code


def _stay(it: Ground, seconds: float, what: str) -> None:
    ends = time.monotonic() + seconds
    until(lambda: time.monotonic() > ends or not _untouched(it), seconds + 5, f"the {what} spell is over")
    expect(_untouched(it), f"every order waits, and none has a reason to fail: {it.tally()}")


def _untouched(it: Ground) -> bool:
    return not it.orders().exclude(status=Status.PENDING, fail_reason="", reason="").exists() and not Attempt.objects.exists()


def _oldest_first(it: Ground) -> None:
    nonces = list(it.orders().order_by("created", "id").values_list("transaction__nonce", flat=True))
    expect(nonces == sorted(nonces), "the oldest orders have the lowest nonces")


def _first_after(moment: datetime) -> float:
    return (Attempt.objects.earliest("created").created - moment).total_seconds()
