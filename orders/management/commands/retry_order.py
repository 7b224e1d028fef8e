"""`manage.py retry_order ORDER_ID`: set one failed or held order going again, by the gate that the admin and the API use."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from chain.commands import Command as BaseCommand
from chain.commands import bad_argument
from orders import actions
from orders.gate import retry
from orders.gate.evidence import nonce_words, receipt_words
from orders.gate.judgement import Finding, Safety
from orders.models import Order
from orders.states import Status

GOOD = (Safety.SAFE, Safety.PAID)


class Command(BaseCommand):
    help = (
        "Ask all nodes whether anything has paid an order; set it going again if nothing has, complete it if something has. "
        "Exit code 0: done, or nothing against it; 1: refused; 2: bad arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("order", metavar="ORDER_ID")
        parser.add_argument("--reason", default="", help="For the order's history.")
        parser.add_argument("--by", default="", metavar="NAME", help="Who asks, for the order's history.")
        parser.add_argument("--dry-run", action="store_true", help="Show the evidence and change nothing.")
        parser.add_argument("--json", action="store_true", help="One JSON object.")

    def handle(self, *_: Any, **options: Any) -> None:
        if not options["dry_run"] and not (options["reason"] and options["by"]):
            raise bad_argument("Say --reason and --by, or --dry-run.")
        order = find_order(options["order"])
        if options["dry_run"]:
            self._show(order, retry.find(order), as_json=options["json"])
            return
        self._go(order, options)

    def _go(self, order: Order, options: dict[str, Any]) -> None:
        act = actions.release if order.status == Status.HELD else actions.retry
        try:
            done = act(order.pk, actor=f"command:{options['by']}", reason=options["reason"], revision=order.revision)
        except actions.NotSafe as refusal:
            self._show(refusal.order, refusal.finding, as_json=options["json"])
        except actions.NotAllowed as refusal:
            raise CommandError(refusal.message) from refusal
        else:
            self._done(done, as_json=options["json"])

    def _done(self, order: Order, *, as_json: bool) -> None:
        event = order.events.last()
        evidence = (event and event.evidence) or {}
        if as_json:
            self._print({"order": str(order.pk), "status": order.status, "evidence": evidence})
            return
        paid = f"; {evidence['hash']} in block {evidence['block']} has paid it" if "hash" in evidence else ""
        self.stdout.write(f"order {order.pk} is {order.status} now{paid}")

    def _show(self, order: Order, finding: Finding, *, as_json: bool) -> None:
        """Exit code 1 unless it may go again, or was paid."""
        if as_json:
            judged = {"verdict": finding.verdict, "cause": finding.cause, "sentence": finding.sentence}
            self._print({"order": str(order.pk), "status": order.status, **judged, "evidence": finding.evidence})
        else:
            self.stdout.write(f"order {order.pk} is {order.status} {order.fail_reason}".rstrip())
            self.stdout.writelines(f"  {line}\n" for line in lines(finding.evidence))
        if finding.verdict not in GOOD:
            raise CommandError(f"{finding.verdict.label}: {finding.sentence}", returncode=1)
        if not as_json:
            self.stdout.write(f"{finding.verdict.label}: {finding.sentence}")

    def _print(self, values: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(values, default=str))


def find_order(text: str) -> Order:
    """Raises CommandError with exit code 2."""
    try:
        return Order.objects.select_related("wallet__network").get(pk=UUID(text))
    except ValueError:
        raise bad_argument(f"{text} is not an order's id.") from None
    except Order.DoesNotExist:
        raise bad_argument(f"There is no order {text}.") from None


def lines(evidence: dict[str, Any]) -> Iterator[str]:
    """The evidence as people read it."""
    for transaction in evidence["transactions"]:
        called = "number" if "words" in transaction else "nonce"
        yield f"{called} {transaction['nonce']}: {nonce_words(transaction)}"
        for attempt in transaction["attempts"]:
            receipts = ", ".join(receipt_words(receipt) for receipt in attempt["receipts"]) or "no node answered"
            yield f"  {attempt['kind']} {attempt['hash']}: {receipts}"
    if tree := evidence.get("tree"):
        leaves = ", ".join(map(str, tree["leaves"])) or "no node answered"
        yield f"tree {tree['address']}: {tree['noted']} leaves noted, by each node {leaves}"
    recipient = evidence["recipient"]
    if "tree" in evidence:
        return
    payments = recipient["payments"]
    yield f"recipient {recipient['address']} since block {recipient['since_block']}: {len(payments)} payments"
    for payment in payments:
        known = "an order's" if payment["accounted_for"] else "NO ORDER ACCOUNTS FOR IT"
        yield f"  {payment['amount']} in {payment['hash']}, block {payment['block']}: {known}"
