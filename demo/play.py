"""One run of the demo, from the first order to the proof."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from rich.console import Console

from demo import check, drops, orders, stream, watch, world
from demo.gas import DearGas
from demo.orders import Sent, Shop
from demo.report import Spell, show
from demo.stage import Stage

SPELL_SECONDS = 6.0
TO_WAIT_SECONDS = 30.0
TO_END_SECONDS = 150.0
GOES_ON_WITHIN = 5.0  # seconds after the price of gas has fallen


@dataclass(frozen=True, slots=True)
class Run:
    """What a run came to, and the API key it was made with."""

    key: str = field(repr=False)
    sent: list[Sent]
    spell: Spell
    problems: list[str]


def play(stage: Stage, console: Console) -> Run:
    """Send the orders, with gas too dear in the middle, wait until all have ended, check and report.

    Raises TooSlowError, NotTakenError, ProcessError.
    """
    run, key = secrets.token_hex(4), world.new_key(stage.world.client)
    world_orders = [*orders.claims(stage.world), *orders.sponsored(stage.world), *orders.withdrawals(stage.world)]
    everything = [*world_orders, *orders.stakes(stage.world, run)]
    early = len(everything) // 3
    front = stream.FrontEnd(stage.redis_url, run)
    console.print(
        f"Sending {len(everything)} orders and two collections of {drops.ITEMS} to {stage.url}, and {stream.STAKES} signed "
        "stakes into a Redis stream …",
        soft_wrap=True,
    )
    with (
        Shop(stage.url, key, run) as shop,
        watch.Watch(console, stage.world, stage.processes.check) as progress,
    ):
        gallery, compressed = mintings = [
            drops.send(shop, drop, stage.folder / drop.press.external_id) for drop in drops.wanted(stage.world)
        ]
        for minting in mintings:
            progress.follow(minting)
        compressed.begin()
        sent = shop.send(everything[:early])
        signed = front.send(stage.world)
        progress.until(lambda: stream.is_stored(signed), TO_WAIT_SECONDS, "what is in the stream to be stored")
        streamed = stream.orders_of(signed)
        with DearGas(stage.chain):
            gallery.begin()
            sent += shop.send(everything[early:])
            waited_at = _all_wait(stage, progress)
        spell = Spell(stage.world.network, waited_at, timezone.now())
        progress.until(lambda: all(each.is_through for each in mintings), TO_END_SECONDS, "all items to be minted")
        progress.until(lambda: watch.all_ended(stage.world), TO_END_SECONDS, "all orders to end")
        progress.until(front.is_told, TO_WAIT_SECONDS, "the stream's front end to be told")
        sent += [order for each in mintings for order in each.sent()]
        pages = [problem for each in mintings for problem in drops.differences(each)]
        spoilt = drops.spoilt(compressed)
    sent += streamed
    problems = [
        *check.differences(stage.world, sent, stage.cluster.request), *pages, *front.differences(streamed),
        *_spell_problems(spell),
    ]  # fmt: skip
    console.print(
        f"{len(streamed)} of the stakes came out of the Redis stream, and their hashes there say what became of them."
    )
    console.print(
        "A sheet with three mistakes was refused, nothing of it stored: " + "; ".join(spoilt), soft_wrap=True, markup=False
    )
    show(console, stage.world, spell, problems)
    return Run(key, sent, spell, problems)


def _all_wait(stage: Stage, progress: watch.Watch) -> datetime:
    """Wait until every wallet says that gas is too dear, and then for a while more; when they all had said so."""
    progress.until(lambda: watch.all_wait_for_gas(stage.world), TO_WAIT_SECONDS, "all wallets to wait for gas")
    began, began_at = time.monotonic(), timezone.now()
    progress.until(lambda: time.monotonic() - began > SPELL_SECONDS, TO_WAIT_SECONDS, "gas to become cheap")
    return began_at


def _spell_problems(spell: Spell) -> Iterator[str]:
    if spell.signed_meanwhile:
        yield f"{spell.signed_meanwhile} transactions were signed while gas was over the ceiling."
    if spell.went_on_after is None or spell.went_on_after > GOES_ON_WITHIN:
        yield f"After the price of gas fell the queue went on after {spell.went_on_after} s, not within {GOES_ON_WITHIN}."
