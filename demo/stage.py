"""The processes of the demo: a development chain, a cluster of Solana, a Redis, the web server and the worker, each with only
what it may know.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from django.conf import settings
from django.core.management import call_command

from demo import galleries
from demo.stream import KEY
from demo.world import World, build
from local import redis
from local.anvil import MNEMONIC, Anvil, AnvilError
from local.processes import Supervisor
from local.server import free_port, is_free
from local.solana.process import SolanaCluster

BLOCK_SECONDS = 1
CHAIN, LEDGER = "chain.json", "ledger.json"  # what keeps their blocks: a database may never be older than its chain
FINALIZED = 8  # slots of 0.4 s; a real cluster takes 32
WORKERS = "4"  # lanes


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs. It stops when the context manager that made it is left."""

    url: str
    chain: Anvil
    cluster: SolanaCluster
    world: World
    processes: Supervisor
    redis_url: str
    folder: Path  # for what the demo's customer draws

    def renew(self) -> None:
        """A gallery takes one collection: the next one, of whoever tries the API, needs another."""
        build(self.chain.url, self.chain.chain_id, self.world.compressed.wallet if self.world.compressed else None)


@contextmanager
def running(data_dir: Path, port: int) -> Iterator[Stage]:
    """Start everything on free ports but the web server's, and wait until it is ready.

    Raises ProcessError, AnvilError, SolanaError, NotFundedError.
    """
    processes = Supervisor(data_dir / "log")
    (data_dir / "static").mkdir(exist_ok=True)  # stays empty: the files are served from where they are
    with _chain(data_dir) as chain, _cluster(data_dir) as cluster, processes:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        world = build(chain.url, chain.chain_id, galleries.tree_minter(cluster, data_dir))
        url = f"http://127.0.0.1:{port}"
        keys = {"MNEMONIC": MNEMONIC, "KEYSTORE_DIR": str(data_dir / galleries.KEYS)}
        processes.start("worker", _manage("work"), env={**keys, "Q_WORKERS": WORKERS})
        processes.start("web", _gunicorn(port), env={"DATABASE_POOL": "true"}, ready=lambda: _is_ready(url))
        redis_url = _stream(processes, data_dir)
        yield Stage(url, chain, cluster, world, processes, redis_url, data_dir / "drawn")


def _stream(processes: Supervisor, data_dir: Path) -> str:
    """The old front end's Redis, and the loop at its stream. Web and worker do without: PostgreSQL is their broker."""
    port = free_port()
    processes.start("redis", redis.command(port, data_dir), ready=lambda: not is_free(port))
    env = {"REDIS_URL": f"redis://127.0.0.1:{port}/0", "REDIS_QUEUE_STREAM_KEY": KEY}
    processes.start("stream", _manage("consume_stakes"), env=env)
    return env["REDIS_URL"]


@contextmanager
def _chain(data_dir: Path) -> Iterator[Anvil]:
    """anvil with the blocks of the run before, if its data was kept."""
    kept = data_dir / CHAIN
    with Anvil(block_time=BLOCK_SECONDS, log=data_dir / "log" / "anvil.log") as chain:
        if kept.exists():
            chain.request("anvil_loadState", kept.read_text())
        try:
            yield chain
        finally:
            with suppress(AnvilError, OSError, HTTPException):  # it may have died, which its own message tells better
                kept.write_text(chain.request("anvil_dumpState"))


def _cluster(data_dir: Path) -> SolanaCluster:
    """The same for Solana; with the real programs where SOLANA_PROGRAMS_DIR has them."""
    return SolanaCluster(finalized=FINALIZED, ledger=data_dir / LEDGER, log=data_dir / "log" / "cluster.log")


def _gunicorn(port: int) -> list[str]:
    address = ("--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4", "--chdir", str(settings.BASE_DIR))
    return [sys.executable, "-m", "gunicorn", "config.wsgi", *address, "--no-control-socket"]


def _manage(command: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), command]


def _is_ready(url: str) -> bool:
    try:
        # Not through the proxy that the environment may name.
        with build_opener(ProxyHandler({})).open(f"{url}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, HTTPException):
        return False


def environment(data_dir: Path) -> dict[str, str]:
    """Our environment, but with a database of the demo's own and without anybody's keys."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MNEMONIC", "PROCESSOR_MNEMONIC", "KEYSTORE_"))
    }
    direct = ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1")))
    return ours | {
        "DATA_DIR": str(data_dir), "DATABASE_URL": "", "REDIS_URL": "", "MNEMONIC": "", "PROCESSOR_MNEMONIC": "",
        "KEYSTORE_PASSWORD_FILE": "", "REDIS_QUEUE_STREAM_KEY": "", "STAKING_ADDRESS": "", "CLAIM_QUEUE_REDIS_URL": "",
        "NO_PROXY": direct, "no_proxy": direct,
    }  # fmt: skip
