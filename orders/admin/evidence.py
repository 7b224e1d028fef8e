"""What staff see before they let an order go again: each attempt's receipt, the nonce spent or not, the recipient's side."""

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from chain.models import Network
from chain.shown import number, outside
from chain.states import TransactionStatus
from look.badges import Tone, badge
from look.values import NOTHING, explorer, full, link, short
from orders.actions import needs_evidence
from orders.gate.evidence import nonce_words, receipt_words, request_words
from orders.gate.judgement import Safety
from orders.gate.retry import find
from orders.models import Order
from orders.states import Status

TONES = {Safety.SAFE: Tone.GOOD, Safety.PAID: Tone.GOOD, Safety.MUST_SPEND_NONCE: Tone.WAIT, Safety.UNSURE: Tone.BAD}


def evidence_of(order: Order) -> SafeString:
    """The finding of this moment. Nothing for an order that is only held back: nobody has to ask the chain about it."""
    if order.status == Status.HELD and not needs_evidence(order):
        return SafeString("")
    finding = find(order)
    evidence, network = finding.evidence, order.wallet.network
    context = {
        "badge": badge(finding.verdict.label, TONES[finding.verdict]),
        "sentence": finding.sentence,
        "nodes": [_node(number, node) for number, node in enumerate(evidence["nodes"], 1)],
        "transactions": [_transaction(transaction, network) for transaction in evidence["transactions"]],
        "requests": [f"Request {each['nonce']}: {request_words(each)}." for each in evidence["requests"]],
        "recipient": full(evidence["recipient"]["address"]),
        "outside": explorer(network.explorer_url, "address", evidence["recipient"]["address"]),
        "since": evidence["recipient"]["since_block"],
        "payments": [_payment(payment, network) for payment in evidence["recipient"]["payments"]],
        "answers": _answers(evidence["recipient"]["answers"]),
        "tree": _tree(evidence["tree"], network) if evidence.get("tree") else None,
        "by_payments": not network.is_solana,
    }
    return render_to_string("orders/evidence.html", context)


def _node(number: int, node: dict[str, Any]) -> str:
    return f"Node {number} {node['fault']}." if "fault" in node else f"Node {number} has seen block {node['head']}."


def _transaction(transaction: dict[str, Any], network: Network) -> dict[str, Any]:
    page = reverse("admin:chain_transaction_change", args=[transaction["id"]])
    cancel = reverse("admin:chain_transaction_do", args=[transaction["id"], "cancel"])
    may_be_cancelled = transaction["status"] != TransactionStatus.FINAL and transaction["nonce_spent"] is False
    return {
        "link": link(page, number(network, transaction["nonce"]).capitalize()),
        "words": nonce_words(transaction),
        "cancel": link(cancel, "Ask to cancel it") if may_be_cancelled else "",
        "attempts": [_attempt(attempt, network) for attempt in transaction["attempts"]],
    }


def _attempt(attempt: dict[str, Any], network: Network) -> dict[str, Any]:
    return {
        "kind": attempt["kind"],
        "hash": short(attempt["hash"]),
        "explorer": explorer(network.explorer_url, "tx", attempt["hash"]),
        "receipts": [receipt_words(receipt) for receipt in attempt["receipts"]],
    }


def _payment(payment: dict[str, Any], network: Network) -> dict[str, Any]:
    mark = badge("an order's", Tone.GOOD) if payment["accounted_for"] else badge("no order accounts for it", Tone.BAD)
    outside = explorer(network.explorer_url, "tx", payment["hash"])
    return {
        **payment,
        "hash": short(payment["hash"]),
        "explorer": outside,
        "mark": mark,
        "token": payment["token_id"] or NOTHING,
    }


def _tree(tree: dict[str, Any], network: Network) -> dict[str, Any]:
    leaves = ", ".join(f"{count:,}" for count in tree["leaves"]) or "no answer"
    return {"address": full(tree["address"]), "explorer": outside(network, "address", tree["address"]), **_noted(tree, leaves)}


def _noted(tree: dict[str, Any], leaves: str) -> dict[str, str]:
    return {"noted": f"{tree['noted']:,}", "leaves": leaves}


def _answers(answers: list[dict[str, str | None]]) -> list[tuple[str, str]]:
    """Each question, with what each node had the contract say."""
    names = dict.fromkeys(name for each in answers for name in each)
    return [(name, ", ".join(str(each.get(name) or "no answer") for each in answers)) for name in names]
