"""The gate through which an item goes again: what all nodes say of its transactions, and what its tree says of all others."""

from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from chain.errors import RpcUnavailable
from chain.models import Attempt, Transaction
from chain.solana.witnesses import Course, Fate, Statement, fate_of
from chain.states import Outcome, TransactionStatus, WalletStatus
from mints.models import Item
from orders import actions
from orders.gate import retry
from orders.gate.judgement import Cause, Finding, Safety
from orders.models import Order
from orders.queue import Verdict
from orders.solana.judgement import Bound, Facts, Tree, decide
from orders.states import Status
from tests.admin.conftest import Login
from tests.admin.conftest import login as login  # noqa: PLC0414 - staff of each role
from tests.solana.farm import EXPIRED, FINAL, Farm, last_transaction
from tests.solana.rows import an_address

ANA = "staff:ana"


def judged(item: Item) -> Finding:
    return retry.find(Order.objects.select_related("wallet__network").get(pk=item.pk))


def fail(item: Item) -> Item:
    """As if it had failed, of whatever cause."""
    Order.objects.filter(pk=item.pk, status=Status.BUSY).update(status=Status.PENDING, transaction=None)
    Order.objects.filter(pk=item.pk).update(status=Status.FAILED, reason="", fail_reason="because")
    return item


def expired(farm: Farm) -> Item:
    """One whose transaction was lost on its way; the lane has noted that, and then it failed."""
    farm.mint()
    (item,) = farm.items()
    farm.lose()
    farm.turn(then=EXPIRED + FINAL)
    farm.wallet.refresh_from_db()
    type(farm.wallet).objects.filter(pk=farm.wallet.pk).update(status=WalletStatus.PAUSED)
    farm.lose(0)
    farm.turn()
    assert last_transaction().outcome == Outcome.EXPIRED
    return fail(item)


# -- on a cluster --------------------------------------------------------------------------------------------------------


def test_what_was_never_signed_is_safe(farm: Farm) -> None:
    (item,) = farm.items()
    fail(item)
    assert (judged(item).verdict, judged(item).sentence) == (
        Safety.SAFE, "Nothing was ever signed for it, and it has no tree yet.",
    )  # fmt: skip


def test_what_expired_is_safe_and_goes_again_and_is_minted(farm: Farm) -> None:
    item = expired(farm)
    finding = judged(item)
    assert (finding.verdict, finding.evidence["transactions"][0]["course"]) == (Safety.SAFE, "expired")
    actions.retry(item.pk, actor=ANA, reason="again")
    type(farm.wallet).objects.filter(pk=farm.wallet.pk).update(status=WalletStatus.ACTIVE)
    farm.turn(then=FINAL)
    farm.turn()
    item.refresh_from_db()
    assert (item.order.status, item.leaf_index) == (Status.COMPLETED, 1)


def test_what_may_still_land_is_refused_until_it_cannot(farm: Farm) -> None:
    farm.mint()
    (item,) = farm.items()
    farm.lose()
    farm.turn()
    finding = judged(item)
    height = last_transaction().attempts.get().last_valid_height
    assert finding.verdict == Safety.MUST_SPEND_NONCE
    assert f"in a block up to height {height:,}" in finding.sentence
    farm.cluster.advance(blocks=EXPIRED + FINAL)
    assert judged(item).cause == Cause.ON_ITS_WAY  # it cannot land, and the lane has still to note that


def test_what_was_minted_is_completed_with_its_leaf(farm: Farm) -> None:
    """Although it was settled as expired: what all nodes say now counts."""
    farm.mint()
    (item,) = farm.items()
    farm.turn(then=FINAL)
    transaction = last_transaction()
    Transaction.objects.filter(pk=transaction.pk).update(status=TransactionStatus.FINAL, outcome=Outcome.EXPIRED)
    fail(item)
    finding = judged(item)
    assert (finding.verdict, finding.evidence["hash"]) == (Safety.PAID, transaction.attempts.get().hash)
    actions.retry(item.pk, actor=ANA, reason="again")
    item.refresh_from_db()
    transaction.refresh_from_db()
    assert (item.order.status, item.leaf_index, transaction.outcome) == (Status.COMPLETED, 1, Outcome.SUCCEEDED)
    assert (transaction.mined_hash, transaction.fee) == (finding.evidence["hash"], 5_000)


def test_a_silent_node_is_no_evidence(farm: Farm) -> None:
    item = expired(farm)
    farm.cluster.faults(second=True, busy=100)
    assert (judged(item).verdict, judged(item).cause) == (Safety.UNSURE, Cause.NO_ANSWER)


def test_a_node_that_does_not_know_it_is_no_evidence(farm: Farm) -> None:
    """One says that it has landed, the other one denies it."""
    farm.mint()
    (item,) = farm.items()
    farm.turn(then=EXPIRED + FINAL)
    farm.cluster.faults(second=True, deny=100)
    assert (judged(item).verdict, judged(item).cause) == (Safety.UNSURE, Cause.NODES_DISAGREE)


def test_a_leaf_that_is_not_noted_may_be_the_item(farm: Farm) -> None:
    item = expired(farm)
    farm.stranger(farm.tree.address)
    assert (judged(item).verdict, judged(item).cause) == (Safety.UNSURE, Cause.STRANGE_PAYMENT)


def test_leaves_of_others_on_their_way_are_accounted_for_once_they_have_landed(farm: Farm) -> None:
    item = expired(farm)
    type(farm.wallet).objects.filter(pk=farm.wallet.pk).update(status=WalletStatus.ACTIVE)
    farm.items(2)
    farm.turn()
    assert judged(item).verdict == Safety.SAFE  # what is not final is in no count
    farm.cluster.advance(blocks=FINAL)
    assert judged(item).verdict == Safety.SAFE  # landed, and not noted yet
    farm.stranger(farm.tree.address)
    assert judged(item).cause == Cause.ON_ITS_WAY
    farm.turn()
    assert judged(item).cause == Cause.STRANGE_PAYMENT


def test_a_leaf_of_another_item_is_not_this_ones(farm: Farm) -> None:
    """Two rows of the sheet may be alike to the last letter; each leaf is one item's."""
    farm.mint()
    one, other = farm.items(2, recipient=an_address(), name="alike", token_id=5)
    farm.turn(then=FINAL)
    farm.turn()
    leaves = [judged(item).evidence["leaf_index"] for item in (one, other)]
    assert leaves == list(Item.objects.filter(name="alike").order_by("number").values_list("leaf_index", flat=True)) == [1, 2]


def test_the_admin_and_the_command_show_the_evidence_in_solanas_words(
    farm: Farm, login: Login, capsys: pytest.CaptureFixture[str]
) -> None:
    item = expired(farm)
    text = login("operator").get(reverse("admin:orders_order_do", args=[item.pk, "retry"])).content.decode()
    attempt = last_transaction().attempts.get()
    height = f"{attempt.last_valid_height:,}"
    assert f"expired: in no block, and none above height {height} can take it" in text
    assert "by each node 1, 1 leaves; 1 are noted here" in text
    assert "Ask to cancel it" not in text
    call_command("retry_order", str(item.pk), "--dry-run")
    told = capsys.readouterr().out
    assert f"number 2: expired: in no block, and none above height {height} can take it" in told
    assert f"tree {farm.tree.address}: 1 leaves noted, by each node 1, 1" in told


# -- the judgement alone -------------------------------------------------------------------------------------------------

ATTEMPT = Attempt(hash="signature", last_valid_height=1_000)
UNKNOWN: dict[str, Any] | None = None
LANDED = {"slot": 7, "err": None, "confirmationStatus": "finalized"}


@pytest.mark.parametrize(
    ("statuses", "height", "course"),
    [
        ([UNKNOWN, UNKNOWN], 1_000, Course.OPEN),
        ([UNKNOWN, UNKNOWN], 1_001, Course.EXPIRED),
        ([LANDED, LANDED], 0, Course.LANDED),
        ([LANDED | {"err": {"x": 1}}] * 2, 0, Course.FAILED),
        ([LANDED | {"confirmationStatus": "confirmed"}] * 2, 5_000, Course.OPEN),
        ([LANDED, LANDED | {"confirmationStatus": "confirmed"}], 5_000, Course.DISPUTED),
        ([LANDED, UNKNOWN], 5_000, Course.DISPUTED),
        ([LANDED, LANDED | {"slot": 8}], 5_000, Course.DISPUTED),
        ([LANDED, LANDED | {"err": {"x": 1}}], 5_000, Course.DISPUTED),
        ([], 5_000, Course.DISPUTED),
    ],
)
@pytest.mark.django_db
def test_a_fate_takes_the_same_word_from_all(statuses: list[Any], height: int, course: Course) -> None:
    transaction = Transaction()
    transaction._prefetched_objects_cache = {"attempts": [ATTEMPT]}  # type: ignore[attr-defined]
    statements = [Statement(height, {"signature": status}, {}) for status in statuses]
    assert fate_of(transaction, statements).course == course


FINAL_ONE = Transaction(status=TransactionStatus.FINAL, outcome=Outcome.EXPIRED)
GOOD = Facts(
    3, "recipient", [Statement(2_000, {}, {})] * 2,
    [Bound(FINAL_ONE, Fate(Course.EXPIRED, ATTEMPT))], Tree("tree", 5, [5, 5], [5, 5], more_to_come=False),
)  # fmt: skip


def bound(course: Course, **over: Any) -> list[Bound]:
    made = Transaction(**{"status": TransactionStatus.FINAL, "outcome": Outcome.EXPIRED} | over.pop("row", {}))
    return [Bound(made, Fate(course, ATTEMPT, 7), **over)]


def test_only_when_all_is_as_it_must_be_is_it_safe() -> None:
    assert decide(GOOD).verdict == Safety.SAFE
    assert decide(replace(GOOD, bound=bound(Course.FAILED, row={"outcome": Outcome.REVERTED}))).verdict == Safety.SAFE
    assert decide(replace(GOOD, bound=())).verdict == Safety.SAFE


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"nodes": []}, Cause.NO_ANSWER),
        ({"nodes": [GOOD.nodes[0], RpcUnavailable("silent")]}, Cause.NO_ANSWER),
        ({"bound": bound(Course.DISPUTED)}, Cause.NODES_DISAGREE),
        ({"bound": bound(Course.OPEN)}, Cause.REVIEW),
        ({"bound": bound(Course.OPEN, row={"status": TransactionStatus.SENT, "outcome": ""})}, None),
        ({"bound": bound(Course.EXPIRED, row={"status": TransactionStatus.SENT, "outcome": ""})}, Cause.ON_ITS_WAY),
        ({"bound": bound(Course.EXPIRED, row={"outcome": Outcome.SUCCEEDED})}, Cause.REVIEW),
        ({"bound": bound(Course.LANDED, says=None)}, Cause.REVIEW),
        ({"tree": Tree("tree", 5, [5, 5], [5, 4], more_to_come=True)}, Cause.NODE_BEHIND),
        ({"tree": Tree("tree", 5, [5, 5], [5, 6], more_to_come=True)}, Cause.ON_ITS_WAY),
        ({"tree": Tree("tree", 5, [5, 5], [5, 6], more_to_come=False)}, Cause.STRANGE_PAYMENT),
    ],
)
def test_anything_else_is_refused(change: dict[str, Any], cause: Cause | None) -> None:
    finding = decide(replace(GOOD, **change))
    assert finding.verdict in (Safety.UNSURE, Safety.MUST_SPEND_NONCE)
    assert finding.cause == cause


def test_a_leaf_of_its_own_is_proof_whatever_else_there_is() -> None:
    says = Verdict(FINAL_ONE.pk, Status.COMPLETED)
    both = [*bound(Course.OPEN), *bound(Course.LANDED, says=says)]
    assert decide(replace(GOOD, bound=both)).verdict == Safety.PAID
