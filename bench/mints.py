"""How fast a collection comes in, and how fast its items are minted, on an EVM network and on Solana."""

import json
import random
import time
from collections.abc import Iterator, Sequence

import requests
from django.db.transaction import atomic

from bench.rows import Row, Run, measure
from bench.web import Web, serve
from chain.calls import checksummed
from chain.models import Transaction, Wallet
from mints.models import Collection, Item
from orders.models import Order
from orders.notify import notify
from orders.states import Kind
from tests.contracts.deployed import deploy
from tests.factories import an_address
from tests.faults.ground import Ground, expect, ground
from tests.faults.registry import Stage
from tests.faults.solana.ground import on_solana
from tests.mints.evm import a_picture, make_collection, plan_base_uri
from tests.mints.offered import a_picture as a_file
from tests.mints.offered import make_press, sheet

BLOCK_SECONDS = 2
BATCH = 250
ROWS = 10_000
LONGEST = 600.0  # seconds for one answer


@measure("collection_rows_per_second")
def rows(run: Run) -> Iterator[Row]:
    """One POST of a sheet whose rows share a picture: read, checked and stored as orders before it is answered."""
    number = run.size(2_000, ROWS)
    with ground(run.logs) as it:
        press = make_press(wallet=it.wallet())
        web = serve(it.processes)
        seconds = _posted(web, press.name, number)
        expect(it.orders().count() == number, "every row is an order")
    yield Row("collection_rows_per_second", number / seconds, "rows/s", "", number, {"requests": 1, "columns": 4})


def _posted(web: Web, press: str, number: int) -> float:
    """Seconds until the answer."""
    lines = [{"name": f"Badge {n}", "image": "a.png", "wallet": an_address(), "Rank": n} for n in range(number)]
    files = {"sheet": ("sheet.csv", sheet(lines)), "images": ("a.png", a_file())}
    about = {"collection": json.dumps({"press": press, "name": "Badges"})}
    headers = {"Authorization": f"Bearer {web.key}", "Idempotency-Key": "bench"}
    with requests.Session() as session:
        session.trust_env = False
        began = time.monotonic()
        url = f"http://127.0.0.1:{web.port}/api/v1/collections"
        answer = session.post(url, data=about, files=files, headers=headers, timeout=LONGEST)
    expect(answer.status_code == 202, f"it is taken, not {answer.text[:300]}")
    return time.monotonic() - began


@measure("evm_items_per_second", "gas_per_item")
def on_an_evm(run: Run) -> Iterator[Row]:
    """A collection whose metadata is stored, from the setting of its base URI to its last item."""
    number = run.size(1_000, 5_000)
    with ground(run.logs, block_time=BLOCK_SECONDS) as it:
        collection = _gallery(it)
        it.cluster()
        _order(collection, number)
        took = it.prove(number / 10)
        gas = sum(used or 0 for used in Transaction.objects.values_list("gas_used", flat=True))
    settings = {"block_seconds": BLOCK_SECONDS, "batch_size": BATCH, "strategy": collection.strategy}
    yield Row("evm_items_per_second", number / took, "items/s", "", number, settings)
    yield Row("gas_per_item", gas / number, "gas", "", number, settings)


def _gallery(it: Ground) -> Collection:
    wallet, deployer = it.wallet(), it.chain.request("eth_accounts")[0]
    contract = deploy(it.chain.request, "Gallery721", "Gallery", "GAL", ".json", deployer, wallet.address)
    over = {"contract": checksummed(contract.address), "base_uri_function": "setBaseURI(string)", "batch_size": BATCH}
    collection = make_collection(wallet=wallet, **over)
    plan_base_uri(collection)
    return collection


def _order(collection: Collection, number: int) -> None:
    """So many items for as many people, in one commit that wakes the lane."""
    picture, orders = a_picture(collection), _orders(collection, number)
    with atomic():
        Order.objects.bulk_create(orders)
        Item.objects.bulk_create(
            Item(order=order, collection=collection, number=n, name=f"#{n}", recipient=an_address(), token_id=n, image=picture)
            for n, order in enumerate(orders)
        )
        notify([collection.wallet.pk])


def _orders(collection: Collection, number: int) -> Sequence[Order]:
    return [Order(kind=Kind.ITEM, wallet=collection.wallet, group=collection.pk) for _ in range(number)]


@measure("compressed_items_per_second", "transactions_per_compressed_item")
def on_a_cluster(run: Run) -> Iterator[Row]:
    """Compressed NFTs on the test cluster, with the slots and the finality of a real one, from their tree to the last leaf."""
    number = run.size(200, 2_000)
    with on_solana(Stage(run.logs, random.Random(1))) as it:  # noqa: S311 - reproducible, not secret
        wallet: Wallet = it.wallet()
        collection = it.collection(wallet)
        it.cluster()
        it.order_items(collection, number)
        took = it.prove(120 + number / 2)
        sent = Transaction.objects.filter(wallet=wallet).count()
    settings = {"program": collection.program, "slot_ms": 400, "in_flight": wallet.max_in_flight}
    yield Row("compressed_items_per_second", number / took, "items/s", "", number, settings)
    yield Row("transactions_per_compressed_item", sent / number, "transactions", "", number, settings)
