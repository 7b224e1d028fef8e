"""The audit of a network of Solana: rows are falsified, strangers mint, nodes lie or are silent; each is found, no more."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import F

from chain import audit
from chain.audit import Course, Scope
from chain.findings import Finding
from chain.models import Attempt, Transaction, Wallet
from chain.states import Outcome, TransactionStatus
from mints.models import Item
from orders.audit import runs
from orders.audit.examine import examine
from orders.groundwork import Groundwork
from orders.models import AuditFinding, AuditRun
from tests.forge import unguarded
from tests.solana.farm import EXPIRED, FINAL, Farm, last_transaction
from tests.solana.rows import a_hash, an_address


def found(course: Course | None = None, **scope: Any) -> list[Finding]:
    return list(examine(Scope(list(Wallet.objects.select_related("network")), **scope), course))


def codes(**scope: Any) -> list[str]:
    return sorted(finding.code.value for finding in found(**scope))


def falsify(rows: Any, **values: object) -> None:
    with unguarded():
        rows.update(**values)


def the_mint() -> Any:
    return Transaction.objects.filter(pk=last_transaction().pk)


@pytest.fixture
def sound(farm: Farm) -> Farm:
    """Three items in one transaction, and one that expired: nothing is wrong with it."""
    farm.items()
    farm.plant()
    farm.cluster.advance(blocks=FINAL)
    farm.lose()
    farm.turn(then=EXPIRED + FINAL)
    farm.lose(0)
    farm.items(2)
    farm.turn(then=FINAL)
    farm.turn()
    assert codes() == []
    return farm


def test_what_is_on_its_way_is_nobodys_fault(farm: Farm) -> None:
    """Neither sent, nor landed, nor landed for good and not noted yet."""
    farm.mint()
    farm.items(2)
    farm.turn()
    assert codes() == []
    farm.cluster.advance(blocks=FINAL)
    assert codes() == []


# -- what is stored ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "change", "differs"),
    [
        (lambda: Attempt.objects.filter(transaction__in=the_mint()), {"blockhash": a_hash()}, "the blockhash"),
        (lambda: Attempt.objects.filter(transaction__in=the_mint()), {"max_fee": 99}, "the price"),
        (lambda: Attempt.objects.filter(transaction__in=the_mint()), {"raw": b"\x01"}, "the bytes"),
        (the_mint, {"data": b"\x01"}, "the message"),
        (the_mint, {"gas_limit": F("gas_limit") + 1}, "the compute units"),
        (Wallet.objects.all, {"address": an_address()}, "the payer"),
    ],
)
def test_signed_bytes_that_say_something_else_than_the_rows(
    sound: Farm, rows: Callable[[], Any], change: dict[str, object], differs: str
) -> None:
    falsify(rows(), **change)
    attempt = Attempt.objects.select_related("transaction__wallet__network").get(transaction__in=the_mint())
    assert audit.differences(attempt) == [differs]
    assert "attempt_differs" in codes()


def test_one_wrong_byte_of_a_signature(sound: Farm) -> None:
    attempt = Attempt.objects.get(transaction__in=the_mint())
    raw = bytearray(attempt.raw)
    raw[10] ^= 1
    falsify(Attempt.objects.filter(pk=attempt.pk), raw=bytes(raw))
    assert codes() == ["attempt_differs"]


def test_a_price_above_the_ceiling_is_told_in_solanas_unit(sound: Farm) -> None:
    falsify(Attempt.objects.filter(transaction__in=the_mint()), max_fee=10**9)
    (told,) = [finding for finding in found() if finding.code.value == "fee_above_ceiling"]
    assert "1000000000 micro-lamports per compute unit" in told.sentence


# -- final transactions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"outcome": Outcome.REVERTED}, "outcome_differs"),
        ({"block_number": F("block_number") - 1}, "block_not_canonical"),
    ],
)
def test_a_final_transaction_of_which_the_chain_says_something_else(sound: Farm, change: dict[str, object], code: str) -> None:
    falsify(the_mint(), **change)
    assert code in codes()


def test_one_that_is_stored_as_expired_and_has_landed(sound: Farm) -> None:
    falsify(the_mint(), outcome=Outcome.EXPIRED, block_number=None, mined_hash="")
    (told,) = [finding for finding in found() if finding.code.value == "outcome_differs"]
    assert "it is stored as expired, and Node 1 of 2 has it in slot" in told.sentence


def test_one_that_a_node_does_not_know(sound: Farm) -> None:
    sound.cluster.faults(second=True, deny=100)
    told = found()
    assert {finding.code.value for finding in told} == {"not_on_chain"}
    assert "Node 2 of 2 does not know it" in told[0].sentence


# -- trees ---------------------------------------------------------------------------------------------------------------


def test_a_stranger_who_mints_into_our_tree_is_named(sound: Farm) -> None:
    signature, another = sound.stranger(sound.tree.address, 2)
    told = found()
    assert sorted(finding.code.value for finding in told) == ["leaves_differ", "minted_by_others", "minted_by_others"]
    assert {finding.tx_hash for finding in told} == {"", signature, another}
    assert "it has 5 leaves by Node 1 of 2, and 3 are noted here." in told[0].sentence


def test_a_strangers_leaf_is_told_of_after_the_release_too(sound: Farm) -> None:
    sound.stranger(sound.tree.address)
    falsify(Groundwork.objects.filter(pk=sound.tree.pk), leaves=4)
    told = found()
    assert [finding.code.value for finding in told] == ["leaves_differ", "minted_by_others"]
    assert "4 of its leaves are noted here, and 3 of them are items'." in told[0].sentence


def test_leaves_that_are_noted_and_not_on_the_chain(sound: Farm) -> None:
    falsify(Groundwork.objects.filter(pk=sound.tree.pk), leaves=9)
    assert codes() == ["leaves_differ", "leaves_differ"]


# -- items ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"leaf_hash": "00" * 32}, "wrong_token"),
        ({"recipient": an_address()}, "wrong_token"),
        ({"leaf_index": 31}, "not_paid"),
    ],
)
def test_an_item_that_is_another_than_on_the_chain(sound: Farm, change: dict[str, object], code: str) -> None:
    item = Item.objects.filter(order__transaction__in=the_mint())[0]
    falsify(Item.objects.filter(pk=item.pk), **change)
    assert code in codes()


def test_a_leaf_that_is_no_items(sound: Farm) -> None:
    item = Item.objects.filter(order__transaction__in=the_mint())[0]
    falsify(Item.objects.filter(pk=item.pk), tree="", leaf_index=None, leaf_hash="", asset_id="")
    assert set(codes()) == {"leaves_differ", "not_paid", "paid_without_order"}


# -- nodes ---------------------------------------------------------------------------------------------------------------


def test_a_silent_node_leaves_it_incomplete_and_the_other_is_asked(sound: Farm) -> None:
    signature = sound.stranger(sound.tree.address)[0]
    sound.cluster.faults(second=True, busy=1_000)
    told = found()
    assert sorted(finding.code.value for finding in told) == ["incomplete", "leaves_differ", "minted_by_others"]
    assert "Node 2 of 2" in next(finding.sentence for finding in told if finding.code.value == "incomplete")
    assert signature in {finding.tx_hash for finding in told}


def test_a_node_that_is_behind_leaves_it_incomplete(sound: Farm) -> None:
    sound.cluster.faults(second=True, behind=60)
    (told,) = found()
    assert "it is behind" in told.sentence


def test_without_any_node_it_is_incomplete(sound: Farm) -> None:
    for second in (False, True):
        sound.cluster.faults(second=second, busy=1_000)
    assert codes() == ["incomplete"]


# -- each hour, and by hand ------------------------------------------------------------------------------------------------


def test_the_scheduled_run_goes_on_where_the_last_one_stopped(sound: Farm) -> None:
    runs.run()
    first = AuditRun.objects.latest("pk")
    assert (first.complete, first.found) == (True, 0)
    sound.cluster.advance(blocks=300)
    runs.run()
    falsify(Transaction.objects.filter(outcome=Outcome.SUCCEEDED), outcome=Outcome.REVERTED)
    runs.run()
    assert not AuditFinding.objects.filter(
        code="outcome_differs"
    ).exists()  # they are older than the blocks that are looked at twice
    sound.stranger(sound.tree.address)
    runs.run()
    assert set(AuditFinding.objects.values_list("code", flat=True)) >= {"leaves_differ", "minted_by_others"}


def test_a_run_without_time_left_says_so(sound: Farm) -> None:
    (told,) = found(Course(goes_on=lambda: False))
    assert "the time was up" in told.sentence


def test_the_command_is_clean_and_says_so(sound: Farm, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit", "--json")
    assert capsys.readouterr().out == ""
    assert Transaction.objects.filter(status=TransactionStatus.FINAL).count() == 3
