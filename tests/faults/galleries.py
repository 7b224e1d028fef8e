"""A collection on an EVM network whose worker is killed again and again, from before its base URI is set on."""

import time
from collections import Counter

from chain import cross_check
from chain.calls import checksummed
from contracts import artifact
from mints.models import Collection
from orders.groundwork import Groundwork
from orders.notify import notify
from tests.contracts.deployed import Deployed, deploy
from tests.faults.ground import Ground, expect
from tests.faults.registry import Stage, scenario
from tests.mints.evm import make_collection, make_item, plan_base_uri

ITEMS = 60
KILLS = 4
SPELL = 3.0  # seconds that a worker lives at most; all of it together takes some twenty
IN_FLIGHT = 4  # each item alone, so that it takes fifteen blocks
COMPLETED_WITHIN = 60.0  # seconds from the last restart


@scenario(3, 5, 6, 7, 8)
def gallery(stage: Stage) -> str:
    """A collection's worker, killed with kill -9 four times: the base URI is set before all items, each item minted once."""
    rounds = [_round(stage, number) for number in range(1, stage.times(1, 8) + 1)]
    return f"{len(rounds)} x {ITEMS} items, {KILLS} kills each; at most {max(rounds):.1f} s from the last restart to the end"


def _round(stage: Stage, number: int) -> float:
    """Seconds from the last restart until all was settled. Raises Failed."""
    with stage.ground(f"gallery-{number}") as it:
        collection, contract = _planned(it)
        for _ in range(KILLS):
            cluster = it.cluster()
            notify([collection.wallet.pk])
            time.sleep(stage.rng.uniform(0, SPELL))
            it.kill(cluster)
        it.cluster()
        took = it.prove(COMPLETED_WITHIN)
        _count(it, collection, contract)
    return took


def _planned(it: Ground) -> tuple[Collection, Deployed]:
    """Its items are pending, its folder is not set yet."""
    wallet, deployer = it.wallet(max_in_flight=IN_FLIGHT), it.chain.request("eth_accounts")[0]
    contract = deploy(it.chain.request, "Gallery721", "Gallery", "GAL", ".json", deployer, wallet.address)
    address = checksummed(contract.address)
    collection = make_collection(wallet=wallet, contract=address, base_uri_function="setBaseURI(string)", strategy="single")
    plan_base_uri(collection)
    for _ in range(ITEMS):
        make_item(collection)
    return collection, contract


def _count(it: Ground, collection: Collection, contract: Deployed) -> None:
    """By the chain's own events, read by web3: each token once, to its own recipient, with its own metadata. Raises Failed."""
    transfers = cross_check.events(it.chain.url, collection.contract, artifact("Gallery721").abi, "Transfer")
    given = Counter((values["to"], int(values["tokenId"])) for _, values in transfers)
    items = collection.items.select_related("collection")
    expect(given == Counter((item.recipient, int(item.token_id)) for item in items), "each token once, to its own recipient")
    expect(all(contract.call("tokenURI", item.token_id) == item.uri for item in items), "each with its own metadata")
    laid = Groundwork.objects.select_related("transaction").get().transaction
    expect(laid is not None and laid.nonce == 0, "the base URI first")
