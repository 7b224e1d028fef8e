"""Payments in transactions that are not stored here: from a wallet of ours, or by somebody else from a contract of ours."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from chain.findings import Finding, Severity
from chain.models import Attempt, Wallet
from chain.proof import AT_ONCE, Unclear, View
from chain.requests import ForwardRequest
from chain.states import RequestOutcome
from orders.audit.codes import OrderCode
from orders.audit.findings import of_order
from orders.audit.ledger import facts_of
from orders.models import Order
from orders.payments import Owed, Payment, Step
from orders.queue import queues
from orders.states import Status

Named = Mapping[tuple[str, int | None], tuple[Order, Owed]]
SETTLED = (Status.FAILED, Status.HELD, Status.CANCELLED)  # nobody looks after these any more


def check(
    view: View, guards: Callable[[str], bool], polls: Named, scanned: Mapping[str, Counter[Payment]]
) -> Iterator[Finding]:
    """What the payments in transactions nobody here has signed say. Raises ChainError."""
    hashes = sorted(scanned)
    known = set(Attempt.objects.filter(hash__in=hashes).values_list("hash", flat=True))
    unknown = {tx_hash: scanned[tx_hash] for tx_hash in hashes if tx_hash not in known and scanned[tx_hash]}
    senders = _senders(view, list(unknown))
    wallets = {wallet.address: wallet for wallet in Wallet.objects.filter(network=view.network)}
    taken = _taken(view) if unknown else {}
    for tx_hash, payments in unknown.items():
        wallet = wallets.get(senders[tx_hash])
        for payment in payments:
            if owner := polls.get((payment.contract, payment.token_id)):
                yield from _of_order(payment, *owner)
            elif wallet in view.wallets and wallet is not None:
                yield _unknown(payment, wallet)
            elif wallet is None and (owner := taken.get((payment.contract.lower(), payment.recipient))):
                yield from _of_order(payment, *owner)
            elif wallet is None and guards(payment.contract):
                yield _by_others(payment, senders[tx_hash])


def named(payments: Sequence[Payment]) -> Named:
    """The orders that name a payment of these, by its contract and token id, and what they must come to."""
    found: dict[tuple[str, int | None], tuple[Order, Owed]] = {}
    for queue in queues().values() if payments else ():
        for (contract, token_id), detail in queue.named(payments).items():
            found[contract, token_id] = detail.order, queue.owed(detail)
    return found


def _senders(view: View, hashes: list[str]) -> dict[str, str]:
    """Who sent each of these. Raises Unclear when the node has a transaction's logs and not its receipt."""
    found: dict[str, str] = {}
    for start in range(0, len(hashes), AT_ONCE):
        some = hashes[start : start + AT_ONCE]
        receipts = view.node.receipts(some)
        if missing := set(some) - set(receipts):
            raise Unclear(f"the node has logs of {min(missing)}, and no receipt")
        found |= {tx_hash: receipt.sender for tx_hash, receipt in receipts.items()}
    return found


def _taken(view: View) -> Mapping[tuple[str, str], tuple[Order, Owed]]:
    """By contract and recipient, orders whose signed request somebody else used: that one may have paid them."""
    used = ForwardRequest.objects.filter(outcome=RequestOutcome.TAKEN, signer__network=view.network)
    found: dict[tuple[str, str], tuple[Order, Owed]] = {}
    for order in Order.objects.filter(pk__in=used.values("order"), status__in=SETTLED).select_related("wallet"):
        (detail,) = queues()[order.kind].load([order.pk])
        owed = queues()[order.kind].owed(detail)
        found[owed.contract.lower(), owed.recipient] = order, owed
    return found


def _of_order(payment: Payment, order: Order, owed: Owed) -> Iterator[Finding]:
    """A poll that was proposed here or a request that was signed here, and that somebody else paid out, as it may be."""
    if payment.step != Step.PAID:
        return
    at: dict[str, Any] = {"tx_hash": payment.tx_hash, **facts_of(payment)}
    if payment.recipient != owed.recipient:
        said = f"{payment.recipient} was paid instead of {owed.recipient}."
        yield of_order(OrderCode.WRONG_RECIPIENT, order, said, **at)
    elif payment.amount != owed.amount:
        yield of_order(OrderCode.WRONG_AMOUNT, order, f"{owed.recipient} got {payment.amount} instead of {owed.amount}.", **at)
    elif order.status in SETTLED:
        yield of_order(OrderCode.PAID_NOT_COMPLETED, order, f"{payment.tx_hash} has paid it.", **at)


def _unknown(payment: Payment, wallet: Wallet) -> Finding:
    what = f"{payment.amount} to {payment.recipient}" if payment.step == Step.PAID else f"poll {payment.token_id}"
    sentence = f"Transaction {payment.tx_hash} of wallet {wallet.name}, which is not stored here, paid {what}."
    about = f"{payment.tx_hash}:{payment.contract}:{payment.recipient}:{payment.token_id}"
    return Finding(
        OrderCode.PAID_WITHOUT_ORDER, about, sentence, wallet=wallet, tx_hash=payment.tx_hash, evidence=facts_of(payment)
    )


def _by_others(payment: Payment, sender: str) -> Finding:
    """One for each of them and each contract, however often: whoever has looked at it knows of them."""
    sentence = f"{sender}, which is no wallet of ours, makes payments from {payment.contract}, such as {payment.tx_hash}."
    about = f"{payment.contract}:{sender}"
    facts = facts_of(payment)
    return Finding(OrderCode.PAID_BY_OTHERS, about, sentence, Severity.WARNING, tx_hash=payment.tx_hash, evidence=facts)
