"""The old staking processor is replaced: nothing but its environment, its stream, and `make run`."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
from redis import Redis

from local.anvil import MNEMONIC
from local.server import free_port, wait_until
from tests.factories import signed
from tests.flow.conftest import Staking, World
from tests.front_end import FrontEnd

PROJECT = Path(__file__).parents[2]
SECONDS = 120.0
BEFORE = 12  # actions that wait in the stream when the service starts


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder of its own, which PostgreSQL's user may reach."""
    with tempfile.TemporaryDirectory(prefix="claimdesk-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def environment(staking: Staking, redis_url: str, port: int, home: Path) -> dict[str, str]:
    """What the old service was started with; and where this machine has its programs and puts its data."""
    machine = {name: os.environ[name] for name in ("PATH", "HOME", "ANVIL_BIN") if name in os.environ}
    return machine | {
        "REDIS_URL": redis_url, "REDIS_QUEUE_STREAM_KEY": "feeless:signatures", "CHAIN_RPC_URL": staking.world.chain.url,
        "CHAIN_MINUMUM_REQUIRED_CONFIRMATIONS": "2", "STAKING_ADDRESS": staking.deployed.address,
        "PROCESSOR_MNEMONIC": MNEMONIC, "PORT": str(port), "DATA_DIR": str(home),
    }  # fmt: skip


@contextmanager
def running(env: dict[str, str], home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`make run` in this environment and no other."""
    with (home / "run.log").open("wb") as log:
        command = [sys.executable, "-m", "local.run"]
        child = subprocess.Popen(command, cwd=PROJECT, env=env, stdout=log, stderr=log, start_new_session=True)
        try:
            yield child
        finally:
            child.terminate()
            code = child.wait(SECONDS)
    assert code in (0, 143)


def is_ready(port: int) -> bool:
    with suppress(OSError), build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


@pytest.fixture
def blocks(world: World) -> Iterator[None]:
    """One a second."""
    world.chain.request("evm_setIntervalMining", 1)
    yield
    world.chain.request("evm_setIntervalMining", 0)


def test_the_old_environment_and_a_filled_stream_are_enough(
    world: World, blocks: None, redis: Redis, valkey: str, home: Path
) -> None:
    staking = world.staking()
    front, port = FrontEnd(redis), free_port()
    user = staking.user()
    before = [front.put(signed(staking.row, user, target=7, amount=100)) for _ in range(BEFORE)]
    front.say(type="stake", entityId="nobody")
    with running(environment(staking, valkey, port, home), home) as child:

        def done(number: int) -> bool:
            return child.poll() is None and staking.deployed.call("stakedOn", 7) == number * 100

        said = (home / "run.log").read_text
        assert wait_until(lambda: child.poll() is not None or done(BEFORE), SECONDS), said()
        assert wait_until(lambda: is_ready(port), SECONDS)  # on the old service's port
        later = front.put(signed(staking.row, user, target=7, amount=100))
        restaked = front.put(signed(staking.row, user, target=8, stake_id=1))
        assert wait_until(lambda: staking.deployed.call("stakedOn", 8) == 100, SECONDS), said()
        assert done(BEFORE)  # one more, and one has moved
        assert wait_until(lambda: not redis.exists(*before, later, restaked), SECONDS)
        assert (front.unacknowledged(), [letter["entityId"] for letter in front.dead()]) == (0, ["nobody"])
        assert redis.get("last-check")
