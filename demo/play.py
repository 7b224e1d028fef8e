"""One run of the demo, from the first order to the proof."""

import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from rich.console import Console

from demo import check, drops, orders, stream, watch, world
from demo.drops import Minting
from demo.gas import DearGas
from demo.orders import Sent, Shop, Wanted
from demo.report import Spell, show
from demo.stage import Stage
from demo.stream import FrontEnd
from demo.watch import Watch
from demo.world import World

SPELL_SECONDS = 6.0
TO_WAIT_SECONDS = 30.0
TO_END_SECONDS = 150.0
GOES_ON_WITHIN = 5.0  # seconds after the price of gas has fallen


@dataclass(frozen=True, slots=True)
class Run:
    """What a run came to, the API key it was made with, and of each collection name, id and the metadata of its first item."""

    key: str = field(repr=False)
    sent: list[Sent]
    links: list[tuple[str, UUID, str]]
    problems: list[str]


@dataclass(frozen=True, slots=True)
class _Scene:
    """Who acts in a run: customers, and who watches them."""

    stage: Stage
    shop: Shop
    front: FrontEnd
    progress: Watch
    mintings: list[Minting]


def play(stage: Stage, console: Console) -> Run:
    """Send the orders, with gas too dear in the middle, wait until all have ended, check and report.

    Raises TooSlowError, NotTakenError, ProcessError.
    """
    run, key = secrets.token_hex(4), world.new_key(stage.world.client)
    everything = _orders(stage.world, run)
    console.print(
        f"Sending {len(everything)} orders and two collections of {drops.ITEMS} to {stage.url}, and {stream.STAKES} signed "
        "stakes into a Redis stream …",
        soft_wrap=True,
    )
    with Shop(stage.url, key, run) as shop, Watch(console, stage.world, stage.processes.check) as progress:
        mintings = drops.send_all(shop, stage.world, stage.folder)
        scene = _Scene(stage, shop, FrontEnd(stage.redis_url, run), progress, mintings)
        sent, spell = _send(scene, everything)
        _wait_for_ends(scene)
        sent += [order for minting in mintings for order in minting.sent()]
        spoilt = drops.spoilt(mintings[-1])
        links = [(minting.drop.name, minting.id, minting.link()) for minting in mintings]
        problems = _problems(scene, sent, spell)
    streamed = sum(map(stream.is_from_stream, sent))
    console.print(f"{streamed} of the stakes came out of the Redis stream, and their hashes there say what became of them.")
    console.print(
        f"A sheet with mistakes was refused, and nothing of it stored: {'; '.join(spoilt)}", soft_wrap=True, markup=False
    )
    show(console, stage.world, spell, problems)
    return Run(key, sent, links, problems)


def _orders(made: World, run: str) -> list[Wanted]:
    return [*orders.claims(made), *orders.sponsored(made), *orders.withdrawals(made), *orders.stakes(made, run)]


def _send(scene: _Scene, everything: Sequence[Wanted]) -> tuple[list[Sent], Spell]:
    """A third of it, with what goes into the stream and the collection whose wallet pays no gas; the rest while gas is dear."""
    stage, shop, early = scene.stage, scene.shop, len(everything) // 3
    gallery, *others = scene.mintings
    for minting in scene.mintings:
        scene.progress.follow(minting)
    for minting in others:
        minting.begin()
    sent = shop.send(everything[:early])
    signed = scene.front.send(stage.world)
    scene.progress.until(lambda: stream.is_stored(signed), TO_WAIT_SECONDS, "what is in the stream to be stored")
    with DearGas(stage.chain):
        gallery.begin()
        sent += shop.send(everything[early:])
        waited_at = _all_wait(stage, scene.progress)
    return [*sent, *stream.orders_of(signed)], Spell(stage.world.network, waited_at, timezone.now())


def _wait_for_ends(scene: _Scene) -> None:
    until, made = scene.progress.until, scene.stage.world
    until(lambda: all(minting.is_through for minting in scene.mintings), TO_END_SECONDS, "all items to be minted")
    until(lambda: watch.all_ended(made), TO_END_SECONDS, "all orders to end")
    until(scene.front.is_told, TO_WAIT_SECONDS, "the stream's front end to be told")


def _problems(scene: _Scene, sent: Sequence[Sent], spell: Spell) -> list[str]:
    return [
        *check.differences(scene.stage.world, sent, scene.stage.cluster.request),
        *(problem for minting in scene.mintings for problem in drops.differences(minting)),
        *scene.front.differences([each for each in sent if stream.is_from_stream(each)]),
        *_spell_problems(spell),
    ]


def _all_wait(stage: Stage, progress: Watch) -> datetime:
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
