"""A mint job killed at each of its steps, and at random with all that works on it, on a chain of either family."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chain import crash
from chain.calls import checksummed
from chain.solana.wanted import Program
from mints.models import Press, Standard
from tests.contracts.deployed import deploy
from tests.factories import an_address
from tests.faults.deaths import Deaths
from tests.faults.ground import Ground
from tests.faults.home import unhurried_disk
from tests.faults.job_life import Chain, Lives
from tests.faults.registry import Stage, scenario
from tests.faults.shelf import on_a_shelf
from tests.faults.solana.ground import SolanaGround, on_solana
from tests.orders.solana.rows import somebody

# Where a job's life may end, besides MINT_POINTS: its client's requests wake somebody, and are answered.
POINTS = ("accepting", "before_wake", "accepted", *crash.MINT_POINTS)
# The lane's, which it passes as well, and dies at in suites of their own.
OF_THE_LANE = (
    "opening", "opened", "simulated", "before_commit", "after_commit", "before_send", "after_send", "noting", "noted",
    "before_mined", "before_settle", "settling", "after_settle",
)  # fmt: skip
FINALIZED = 4  # slots


# -- at each step ----------------------------------------------------------------------------------------------------------


@scenario(1, 2, 62)
def mint_job_crash_points(stage: Stage) -> str:
    """A child dies at each passage of each step of a job, on an EVM network: each folder sent, each item minted once."""

    @contextmanager
    def lives(name: str) -> Iterator[Lives]:
        with stage.ground(name, block_time=None, confirmations=2) as it, on_a_shelf() as shelf:
            yield Lives(on_evm(it, by_hand=True), shelf, stage.logs / name / "notes")

    with unhurried_disk():
        return Deaths(stage, POINTS, lives, passed=OF_THE_LANE, on_one_ground=8).die(8, 10)


@scenario(1, 2, 62)
def solana_job_crash_points(stage: Stage) -> str:
    """The same of compressed NFTs on Solana."""

    @contextmanager
    def lives(name: str) -> Iterator[Lives]:
        quick = {"manual": True, "confirmed": 1, "finalized": FINALIZED, "skipped": 0}
        with on_solana(stage, name, **quick) as it, on_a_shelf() as shelf:
            yield Lives(of_solana(it), shelf, stage.logs / name / "notes")

    with unhurried_disk():
        return Deaths(stage, POINTS, lives, passed=OF_THE_LANE, on_one_ground=8).die(8, 10)


# -- the chains ------------------------------------------------------------------------------------------------------------


def on_evm(it: Ground, *, by_hand: bool) -> Chain:
    """Each press has a contract of its own, for a contract has one folder; all are minted by one wallet.

    `by_hand`: there is a block only when somebody goes on, but for the contracts.
    """
    wallet = it.wallet()

    def press() -> Press:
        deployer = it.chain.request("eth_accounts")[0]
        if by_hand:
            it.chain.request("evm_setAutomine", True)
        gallery = deploy(it.chain.request, "Gallery721", "Gallery", "GAL", ".json", deployer, wallet.address)
        if by_hand:
            it.chain.request("evm_setAutomine", False)
        return _press(
            wallet=wallet, standard=Standard.ERC721, contract=checksummed(gallery.address), batch_size=20,
            function="safeMint(address,uint256)", arguments=["{recipient}", "{token_id}"],
            base_uri_function="setBaseURI(string)",
        )  # fmt: skip

    return Chain(it, press, an_address, lambda: it.chain.request("evm_mine"), numbered=True)


def of_solana(it: SolanaGround) -> Chain:
    wallet = it.wallet()

    def press() -> Press:
        return _press(wallet=wallet, standard=Standard.COMPRESSED, program=Program.MINT_V2_TO_CORE)

    return Chain(it, press, somebody, lambda: it.chain.advance(blocks=3), numbered=False)


def _press(**values: Any) -> Press:
    return Press.objects.create(name=f"press {secrets.token_hex(3)}", **values)
