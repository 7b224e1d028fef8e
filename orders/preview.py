"""A dry run of one order, by the code that would send it. Nothing is stored and nothing is signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chain.calls import Call, Signature
from chain.errors import ChainError
from chain.fees import AboveCeiling
from chain.models import Wallet
from chain.nodes import node_for
from orders.intake import Wish
from orders.plan import Plan, make_plan
from orders.queue import Detail, queues


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent. Prices and cost in wei, None where it is not sent."""

    wallet: str
    call: Call | None
    detail: Detail
    why_not: str = ""
    gas: int | None = None
    max_fee: int | None = None
    cost: int | None = None


def preview(wish: Wish) -> Preview:
    """Build, simulate and price an order as if it were the next one. Raises ChainError when no node answers."""
    detail = wish.detail(wish.order(None))
    wallet = Wallet.objects.select_related("network").get(pk=wish.wallet)
    queue = queues()[wish.kind]
    try:
        call = queue.batch([detail]).calls[0]
    except ChainError as error:
        return Preview(wallet.address, None, detail, str(error))
    node = node_for(wallet.network)
    snapshot = node.snapshot(wallet.address, finalized_tag=wallet.network.uses_finalized_tag)
    try:
        plan = make_plan(node, wallet, snapshot, queue, [detail])
    except AboveCeiling as error:
        return Preview(wallet.address, call, detail, str(error))
    return _priced(wallet, call, detail, plan)


def _priced(wallet: Wallet, call: Call, detail: Detail, plan: Plan) -> Preview:
    if not plan.bundles:
        why = plan.lack or plan.stop or " ".join(move.fail_reason or move.note for move in plan.refused)
        return Preview(wallet.address, call, detail, why, max_fee=plan.fees.max_fee)
    return Preview(wallet.address, call, detail, gas=plan.bundles[0].gas, max_fee=plan.fees.max_fee, cost=plan.cost)


def describe(shown: Preview, signatures: Sequence[Signature]) -> dict[str, Any]:
    """A preview as plain values, its calldata read back through whichever of the signatures it begins with."""
    call = shown.call or Call("", b"")
    known = next((signature for signature in signatures if call.data[:4] == signature.selector), None)
    return {
        "ok": not shown.why_not,
        "why_not": shown.why_not,
        "wallet": shown.wallet,
        "to": call.to,
        "function": known.text if known else "",
        "arguments": [_plain(value) for value in known.decode(call.data)] if known else [],
        "data": "0x" + call.data.hex(),
        "value": call.value,
        "gas": shown.gas,
        "max_fee": shown.max_fee,
        "cost": shown.cost,
    }


def _plain(value: Any) -> Any:
    """An ABI value as JSON that loses nothing: numbers as decimal text, bytes as hexadecimal."""
    match value:
        case bool() | str():
            return value
        case bytes():
            return "0x" + value.hex()
        case list() | tuple():
            return [_plain(inner) for inner in value]
    return str(value)
