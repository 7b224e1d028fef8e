"""What an import says: to people in sentences, to programs in facts."""

from collections.abc import Iterator
from typing import Any

from chain import decisions
from mints.by_hand import Brought
from mints.costs import Plan
from mints.models import Collection, MintJob
from mints.serializers import PlanAnswer
from orders import minting
from orders.intake import CellError, FieldError

_OPTIONS = {"default_recipient": "recipient", "creators": "creator"}  # of fields that the command calls otherwise
_SAID = ("press", "name", "symbol", "description", "external_url", "external_id", "royalty", *_OPTIONS)
_SOL = 9  # decimals


def facts(brought: Brought, *, dry_run: bool) -> dict[str, Any]:
    """`collection` is null where it is not stored."""
    collection = brought.collection
    return {
        "collection": None if dry_run and not brought.known else str(collection.pk), "name": collection.name,
        "items": brought.items, "known": brought.known, "warnings": collection.warnings,
        "plan": dict(PlanAnswer(brought.plan).data) if brought.plan else None,
    }  # fmt: skip


def facts_of_job(job: MintJob) -> dict[str, Any]:
    return {
        "job": str(job.pk), "collection": str(job.collection_id), "status": job.status, "stage": job.stage,
        "percentage": job.percentage, "message": job.message,
    }  # fmt: skip


def of_job(job: MintJob) -> str:
    stage = job.get_stage_display().lower()
    return f"job {job.pk} of {job.collection}: {job.status} at {stage}, {job.percentage} %. {job.message}"


def sentences(brought: Brought, *, dry_run: bool) -> Iterator[str]:
    collection = brought.collection
    if brought.known:
        yield f"{collection.name} is there already, as {collection.pk}, since {collection.created:%Y-%m-%d %H:%M} UTC."
    elif dry_run:
        yield f"{collection.name}: {brought.items:,} items, and nothing is wrong with them. Nothing was stored."
    else:
        yield f"{collection.name} is stored as {collection.pk}: {brought.items:,} items. Its job is not started."
    yield from _costs(brought.plan, collection) if brought.plan else [_unknown(collection, brought.items)]


def _costs(plan: Plan, collection: Collection) -> Iterator[str]:
    shape, estimate, currency = plan.shape, plan.estimate, collection.network.currency
    parts = {
        f"the tree ({shape.capacity:,} leaves, depth {shape.depth}, canopy {shape.canopy})": estimate.rent,
        "the collection's own NFT": estimate.collection, "signatures": estimate.signatures, "the program's fee": estimate.mints,
    }  # fmt: skip
    for what, lamports in parts.items():
        if lamports:
            yield f"  {decisions.coins(lamports, currency, _SOL)} for {what}"
    most = estimate.priority_at_most
    priority = "" if most is None else f"; priority at most {decisions.coins(most, currency, _SOL)} more"
    total = decisions.coins(estimate.total, currency, _SOL)
    yield f"  {total} in all, by mainnet's fees, in {estimate.transactions:,} transactions{priority}"


def _unknown(collection: Collection, items: int) -> str:
    transactions = -(-items // minting.size(collection))
    return f"  at least {transactions:,} transactions on {collection.network}; what they cost is known when they are tried out"


# -- mistakes ----------------------------------------------------------------------------------------------------------


def mistake(error: FieldError | CellError) -> tuple[str, str]:
    """Where it is, as people find it, and what it is."""
    if isinstance(error, CellError):
        place = ", ".join(filter(None, [f"row {error.row}" if error.row else "", error.column])) or "the sheet"
    else:
        first, _, rest = error.field.partition(".")
        option = f"--{_OPTIONS.get(first, first).replace('_', '-')}"
        place = f"{option} {rest}".rstrip() if first in _SAID else rest or first
    return visible(place), visible(error.message)


def visible(text: str) -> str:
    """Without letters that would steer a terminal."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
