"""Collections that staff bring in on this host. Their request is its own key: the same files in the same place are one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chain.locks import lock_connection
from mints import costs, intake, jobs, staging
from mints.costs import Plan
from mints.gathering import Told
from mints.incoming import Incoming
from mints.intake import Offer
from mints.models import Collection, Method, MintJob
from orders.api.base import hash_of

ACTOR = "command"
_IMPORTS = 0x496D706F7274  # "Import": one at a time, for no unique rule of the database holds without a client


@dataclass(frozen=True, slots=True)
class Brought:
    """A collection that is stored, was stored before (`known`), or would be stored; `plan` on Solana only."""

    collection: Collection
    items: int
    plan: Plan | None
    known: bool = False


def offer_of(method: Method, said: Mapping[str, Any], incoming: Incoming) -> Offer:
    """With another external id the same files are another collection, as they are on another contract or cluster."""
    place = [str(method.network.pk), method.standard, method.contract.lower()]
    key = hash_of("import", [place, said["external_id"], incoming.said])
    return Offer(None, method, said, incoming, key=f"import:{key}", request_hash=hash_of(key, dict(said)))


def bring_in(offer: Offer, told: Told) -> Brought:
    """Store it, or find it. Raises Refused; then no file is left."""
    try:
        with _alone():
            accepted = intake.accept(offer, told)
    except BaseException:
        intake.discard_unless_stored(offer)
        raise
    return _stored(accepted.collection, known=accepted.replayed)


def try_out(offer: Offer, told: Told) -> Brought:
    """What `bring_in` would do; nothing is stored and no file is left. Raises Refused."""
    assert offer.incoming is not None
    try:
        if earlier := intake.earlier_of(offer):
            return _stored(earlier, known=True)
        collection, gathered = intake.checked(offer, told)
        return Brought(collection, len(gathered.rows), costs.plan_of(collection, [row.name for row in gathered.rows]))
    finally:
        staging.discard(offer.incoming.collection)


def start(collection: Collection) -> MintJob:
    """Its latest job, whatever became of that; a new one, if it never had any. Raises Refused."""
    latest = collection.jobs.select_related("collection").order_by("-created").first()
    return latest or jobs.start(collection, None, actor=ACTOR).job


def _stored(collection: Collection, *, known: bool) -> Brought:
    return Brought(collection, collection.items.count(), costs.plan(collection), known)


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process imports."""
    with lock_connection() as lock:
        lock.execute("SELECT pg_advisory_lock(%s)", [_IMPORTS])
        yield
