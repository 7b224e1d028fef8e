"""One transaction of ours, what it paid, and the orders it carried: which of them fits and which does not. Pure.

I5: what the chain has paid for an order is one payment, of the amount that was ordered, to the one who was to get it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from chain.findings import Finding
from chain.models import Transaction
from orders.audit.codes import OrderCode
from orders.audit.findings import of_order
from orders.models import Order
from orders.payments import Owed, Payment, Step
from orders.states import Status

Key = tuple[str, str]  # contract in lower case, however a reward or pool has it written; recipient


@dataclass(frozen=True, slots=True)
class Carried:
    """An order that was bound to the transaction once, and may be still. `here`: this is what completed it."""

    order: Order
    owed: Owed
    here: bool


@dataclass(slots=True)
class _Left:
    """What does not fit by its recipient alone: payments nobody asked for, and orders nobody paid."""

    strays: list[Payment] = field(default_factory=list)
    unpaid: list[Carried] = field(default_factory=list)


def compare(transaction: Transaction, payments: Iterable[Payment], carried: Sequence[Carried]) -> Iterator[Finding]:
    """Everything in which the payments of this transaction are not what its orders came to. Its wallet is loaded."""
    paid, proposed = _by_step(payments)
    left = _Left()
    yield from _proposals(proposed, [each for each in carried if Step.PROPOSED in each.owed.steps], left)
    yield from _payments(paid, [each for each in carried if Step.PAID in each.owed.steps], left)
    yield from _leftovers(transaction, carried, left)


def _by_step(payments: Iterable[Payment]) -> tuple[list[Payment], list[Payment]]:
    paid: list[Payment] = []
    proposed: list[Payment] = []
    for payment in payments:
        (paid if payment.step == Step.PAID else proposed).append(payment)
    return paid, proposed


# -- payments: by who got how much -------------------------------------------------------------------------------------


def _payments(paid: Sequence[Payment], carried: Sequence[Carried], left: _Left) -> Iterator[Finding]:
    got: dict[Key, list[Payment]] = defaultdict(list)
    for payment in paid:
        got[payment.contract.lower(), payment.recipient].append(payment)
    due: dict[Key, list[Carried]] = defaultdict(list)
    others: dict[Key, list[Carried]] = defaultdict(list)
    for each in carried:
        (due if each.here else others)[each.owed.contract.lower(), each.owed.recipient].append(each)
    for key in {**got, **due}:
        yield from _one_recipient(got[key], due[key], others[key], left)


def _one_recipient(got: Sequence[Payment], due: Sequence[Carried], others: Sequence[Carried], left: _Left) -> Iterator[Finding]:
    surplus = sum(payment.amount or 0 for payment in got) - sum(each.owed.amount for each in due)
    if not got:
        left.unpaid += due
    elif surplus < 0:
        yield from _too_little(got, due, -surplus)
    elif surplus == 0:
        yield from _tokens(got, due)
    elif due or others:
        yield from _too_much(got, due, others, surplus)
    else:
        left.strays += got


def _too_little(got: Sequence[Payment], due: Sequence[Carried], lack: int) -> Iterator[Finding]:
    for each in due:
        if each.owed.amount <= lack:
            lack -= each.owed.amount
            yield _not_paid(each, got[0].tx_hash)
    if lack:
        yield _wrong_amount(due[-1], got, due)


def _too_much(got: Sequence[Payment], due: Sequence[Carried], others: Sequence[Carried], surplus: int) -> Iterator[Finding]:
    """First to orders that this transaction carried and that it is not said to have paid; then it is paid twice."""
    tx_hash = got[0].tx_hash
    for each in others:
        if each.owed.amount <= surplus:
            surplus -= each.owed.amount
            yield _paid_unknown(each, tx_hash)
    if surplus and (due or others):
        last = [*others, *due][-1]
        again = bool(due) and surplus % last.owed.amount == 0
        yield _twice(last, tx_hash, surplus) if again else _wrong_amount(last, got, due)


def _tokens(got: Sequence[Payment], due: Sequence[Carried]) -> Iterator[Finding]:
    """The amount is right; are these the tokens?"""
    given = {payment.token_id for payment in got}
    named = {token for each in due for token in each.owed.token_ids or ()}
    all_named = all(each.owed.token_ids is not None for each in due)
    if wrong := (named - given) | ((given - named) if all_named else set()):
        each = next((each for each in due if wrong.intersection(each.owed.token_ids or ())), due[0])
        facts = {"stored": _texts(each.owed.token_ids or ()), "given": _texts(given)}
        sentence = (
            f"its transaction gave {each.owed.recipient} token {', '.join(_texts(given))}, and that is not what is stored."
        )
        yield of_order(OrderCode.WRONG_TOKEN, each.order, sentence, tx_hash=got[0].tx_hash, **facts)


# -- proposals: by their poll ------------------------------------------------------------------------------------------


def _proposals(proposed: Sequence[Payment], carried: Sequence[Carried], left: _Left) -> Iterator[Finding]:
    polls = {payment.token_id: payment for payment in proposed}
    ours = {poll: each for each in carried for poll in each.owed.token_ids or ()}
    extra = [payment for poll, payment in polls.items() if poll not in ours]
    without = [each for each in carried if not polls.keys() & set(each.owed.token_ids or ())]
    for payment in extra:
        if not without:
            left.strays.append(payment)
            continue
        each = without.pop()
        if each.owed.token_ids is None:
            yield _paid_unknown(each, payment.tx_hash, poll=str(payment.token_id))
        elif each.here and each.owed.steps == (Step.PROPOSED,):
            sentence = f"it was proposed as poll {payment.token_id}, and {each.owed.token_ids[0]} is stored."
            yield of_order(OrderCode.WRONG_TOKEN, each.order, sentence, tx_hash=payment.tx_hash, poll=str(payment.token_id))
        else:
            sentence = f"it was proposed as poll {payment.token_id} too, beside poll {each.owed.token_ids[0]}."
            yield of_order(OrderCode.PAID_TWICE, each.order, sentence, tx_hash=payment.tx_hash, poll=str(payment.token_id))
    left.unpaid += [each for each in without if each.here and each.owed.steps == (Step.PROPOSED,)]


# -- what is left ------------------------------------------------------------------------------------------------------


def _leftovers(transaction: Transaction, carried: Sequence[Carried], left: _Left) -> Iterator[Finding]:
    """An order without payment beside a payment without order, on one contract, is an order whose payment went elsewhere."""
    held = [each for each in carried if not each.here and each.order.status == Status.HELD]
    for payment in left.strays:
        candidates = [each for each in [*left.unpaid, *held] if each.owed.contract.lower() == payment.contract.lower()]
        if not candidates:
            yield without_order(payment, transaction)
            continue
        each = candidates[0]
        (left.unpaid if each in left.unpaid else held).remove(each)
        sentence = f"{payment.recipient} was paid instead of {each.owed.recipient}."
        yield of_order(OrderCode.WRONG_RECIPIENT, each.order, sentence, tx_hash=payment.tx_hash, **facts_of(payment))
    for each in left.unpaid:
        yield _not_paid(each, transaction.mined_hash)


def without_order(payment: Payment, transaction: Transaction) -> Finding:
    what = f"{payment.amount} to {payment.recipient}" if payment.step == Step.PAID else f"poll {payment.token_id}"
    sentence = f"Transaction {payment.tx_hash} of wallet {transaction.wallet.name} paid {what}, and no order asked for that."
    return Finding(
        OrderCode.PAID_WITHOUT_ORDER, _about(payment), sentence, wallet=transaction.wallet,
        transaction=transaction.pk, tx_hash=payment.tx_hash, evidence=facts_of(payment),
    )  # fmt: skip


def _about(payment: Payment) -> str:
    return f"{payment.tx_hash}:{payment.contract}:{payment.recipient}:{payment.token_id}"


# -- single findings ---------------------------------------------------------------------------------------------------


def _not_paid(each: Carried, tx_hash: str) -> Finding:
    sentence = f"its transaction has paid {each.owed.recipient} nothing."
    return of_order(OrderCode.NOT_PAID, each.order, sentence, tx_hash=tx_hash, amount=str(each.owed.amount))


def _wrong_amount(each: Carried, got: Sequence[Payment], due: Sequence[Carried]) -> Finding:
    paid, ordered = sum(payment.amount or 0 for payment in got), sum(one.owed.amount for one in due) or each.owed.amount
    sentence = f"{each.owed.recipient} got {paid} instead of {ordered}."
    return of_order(OrderCode.WRONG_AMOUNT, each.order, sentence, tx_hash=got[0].tx_hash, paid=str(paid), ordered=str(ordered))


def _twice(each: Carried, tx_hash: str, surplus: int) -> Finding:
    sentence = f"its transaction paid {each.owed.recipient} {surplus} more than was ordered."
    return of_order(OrderCode.PAID_TWICE, each.order, sentence, tx_hash=tx_hash, surplus=str(surplus))


def _paid_unknown(each: Carried, tx_hash: str, **evidence: str) -> Finding:
    """Paid by a transaction that did not complete it: the second time, or the first and nobody knows."""
    if each.order.status == Status.COMPLETED:
        sentence = f"{tx_hash} has paid it too, beside the transaction that completed it."
        return of_order(OrderCode.PAID_TWICE, each.order, sentence, tx_hash=tx_hash, **evidence)
    sentence = f"{tx_hash} has paid it."
    return of_order(OrderCode.PAID_NOT_COMPLETED, each.order, sentence, tx_hash=tx_hash, **evidence)


def facts_of(payment: Payment) -> dict[str, str | int | None]:
    """A payment as evidence. Numbers that may be large are texts, as everywhere in our JSON."""
    return {
        "contract": payment.contract or None,
        "block": payment.block_number,
        "recipient": payment.recipient or None,
        "amount": None if payment.amount is None else str(payment.amount),
        "token_id": None if payment.token_id is None else str(payment.token_id),
    }


def _texts(tokens: Iterable[int | None]) -> list[str]:
    return [str(token) for token in sorted(token for token in tokens if token is not None)]
