"""Each finding is really produced, on a model chain; and a desk on which all went well has none."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from chain import steering
from chain.audit import Scope
from chain.calls import Call
from chain.findings import ChainCode, Finding, Severity
from chain.models import Attempt, Network, Transaction, Wallet
from chain.states import Outcome, TransactionStatus, WalletStatus
from claims.models import Claim
from orders.audit.codes import OrderCode
from orders.audit.examine import examine
from orders.models import Event, Order
from orders.states import Reason, Status
from tests.chain.rpc_server import Http
from tests.factories import an_address, make_claim, make_reward, make_wallet, make_withdrawal
from tests.forge import erase, forge
from tests.lanes import grow_old, pay
from tests.model_badge import CLAIM
from tests.model_chain import Result, Tx, always
from tests.orders.conftest import Desk
from withdrawals.models import Withdrawal


def found(desk: Desk, **over: Any) -> list[Finding]:
    wallets = list(Wallet.objects.select_related("network"))
    return list(examine(Scope(wallets, **over)))


def codes(desk: Desk) -> list[str]:
    return sorted(finding.code.value for finding in found(desk))


def only(desk: Desk) -> Finding:
    findings = found(desk)
    assert len(findings) == 1, [each.sentence for each in findings]
    return findings[0]


def claimed(desk: Desk, number: int = 1, **over: Any) -> list[Claim]:
    """Claims that are completed, in one transaction."""
    claims = [make_claim(desk.reward, **over) for _ in range(number)]
    desk.finish()
    for claim in claims:
        claim.refresh_from_db()
        assert claim.order.status == Status.COMPLETED
    return claims


def withdrawn(desk: Desk) -> Withdrawal:
    withdrawal = make_withdrawal(desk.pool)
    desk.finish()
    withdrawal.order.refresh_from_db()
    assert withdrawal.order.status == Status.COMPLETED
    return withdrawal


# -- clean -----------------------------------------------------------------------------------------------------------------


def test_an_empty_desk_is_clean(desk: Desk) -> None:
    assert found(desk) == []


def test_a_desk_on_which_all_happened_that_may_is_clean(desk: Desk) -> None:
    claimed(desk, 3)
    claimed(desk, quantity=3)
    same = an_address()
    claimed(desk, 2, recipient=same)
    withdrawn(desk)
    refused, turned, silent = (make_claim(desk.reward) for _ in range(3))
    desk.badge.refused.add(refused.recipient)
    desk.finish()
    desk.badge.turned.add(turned.recipient)
    desk.finish()
    desk.badge.silent.add(silent.recipient)
    desk.finish()
    make_claim(desk.reward)
    desk.turn()
    assert found(desk) == []


def test_a_cancelled_transaction_is_clean(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.turn()
    Transaction.objects.update(cancel_asked_by="staff:me")
    desk.finish()
    assert Transaction.objects.get().outcome == Outcome.CANCELLED
    assert found(desk) == []


# -- the chain's tables ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"), [("to", "0x" + "11" * 20), ("value", 5), ("data", b"\x01"), ("gas_limit", 7), ("nonce", 3)]
)
def test_bytes_that_are_not_their_transaction(desk: Desk, column: str, value: Any) -> None:
    claimed(desk)
    transaction = Transaction.objects.get()
    forge(transaction, **{column: value})
    Wallet.objects.update(next_nonce=4 if column == "nonce" else 1)
    findings = [each for each in found(desk) if each.code == ChainCode.ATTEMPT_DIFFERS]
    assert [(each.transaction, each.wallet) for each in findings] == [(transaction.pk, desk.wallet)]


def test_bytes_that_are_no_transaction(desk: Desk) -> None:
    claimed(desk)
    forge(Attempt.objects.get(), raw=b"\x02garbage")
    assert only(desk).code == ChainCode.ATTEMPT_DIFFERS


def test_fees_that_are_not_those_signed(desk: Desk) -> None:
    claimed(desk)
    forge(Attempt.objects.get(), max_fee=1)
    assert "the fees" in only(desk).sentence


def test_sent_before_it_was_stored(desk: Desk) -> None:
    claimed(desk)
    Attempt.objects.update(first_sent_at=Now() - timedelta(days=1))
    assert only(desk).code == ChainCode.SENT_BEFORE_STORED


def test_a_fee_above_the_ceiling(desk: Desk) -> None:
    claimed(desk)
    Network.objects.update(gas_ceiling=1)
    finding = only(desk)
    assert (finding.code, finding.severity) == (ChainCode.FEE_ABOVE_CEILING, Severity.WARNING)


def test_a_gap_in_the_nonces(committed_desk: Desk) -> None:
    claimed(committed_desk)
    claimed(committed_desk)
    erase(Transaction.objects.get(nonce=1))
    finding = next(each for each in found(committed_desk) if each.code == ChainCode.NONCE_GAP)
    assert finding.evidence == {"missing": [1], "beyond": [], "next_nonce": 2}


def test_a_nonce_beyond_the_next(desk: Desk) -> None:
    claimed(desk)
    Wallet.objects.update(next_nonce=0)
    assert "beyond the next nonce there is 0" in only(desk).sentence


# -- the chain against the tables ------------------------------------------------------------------------------------------


@pytest.mark.fault(32, 40)
def test_a_nonce_that_was_spent_elsewhere(desk: Desk) -> None:
    claimed(desk)
    desk.chain.steal_nonce(desk.wallet.address)
    desk.chain.mine(2)
    finding = only(desk)
    assert (finding.code, finding.evidence["nonce"], finding.severity) == (ChainCode.NONCE_NOT_STORED, 1, Severity.CRITICAL)
    assert finding.tx_hash == desk.chain.answer_block([hex(3), False])["transactions"][0]


@pytest.mark.fault(32)
def test_a_nonce_of_a_wallet_that_was_never_used_here(desk: Desk) -> None:
    Wallet.objects.update(first_nonce=0, next_nonce=0)
    desk.chain.steal_nonce(desk.wallet.address)
    desk.chain.mine(2)
    assert only(desk).code == ChainCode.NONCE_NOT_STORED


def test_nonces_from_before_the_wallet_came_here_are_its_own_affair(desk: Desk) -> None:
    for _ in range(3):
        desk.chain.steal_nonce(desk.wallet.address)
    steering.adopt(desk.wallet)
    claimed(desk)
    assert found(desk) == []


@pytest.mark.fault(32)
def test_a_nonce_of_ours_that_another_transaction_took(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.turn()
    desk.chain.steal_nonce(desk.wallet.address)
    desk.chain.mine(2)
    finding = only(desk)
    assert (finding.code, finding.transaction) == (ChainCode.FOREIGN_NONCE, Transaction.objects.get().pk)
    assert finding.tx_hash not in finding.evidence["signed"]


@pytest.mark.parametrize(("status", "told"), [(WalletStatus.QUARANTINED, True), (WalletStatus.ACTIVE, False)])
def test_a_nonce_that_is_known_to_be_lost_is_told_until_two_people_have_looked(desk: Desk, status: str, told: bool) -> None:
    claimed(desk)
    forge(Transaction.objects.get(), outcome=Outcome.FOREIGN, block_number=None)
    Wallet.objects.update(status=status)
    assert (ChainCode.FOREIGN_NONCE in codes(desk)) == told


@pytest.mark.fault(20, 31)
def test_a_final_block_that_left_the_chain(desk: Desk) -> None:
    claimed(desk)
    desk.chain.reorg(2)
    desk.chain.mine(2)
    finding = only(desk)
    assert (finding.code, finding.transaction) == (ChainCode.BLOCK_NOT_CANONICAL, Transaction.objects.get().pk)


@pytest.mark.fault(20)
def test_a_final_transaction_that_its_block_does_not_have(desk: Desk) -> None:
    claimed(desk)
    desk.chain.mine(2)
    empty = desk.chain.answer_block([hex(2), False])
    forge(Transaction.objects.get(), block_number=2, block_hash=empty["hash"])
    assert only(desk).code == ChainCode.NOT_ON_CHAIN


def test_an_outcome_the_chain_does_not_share(desk: Desk) -> None:
    claimed(desk)
    forge(Transaction.objects.get(), outcome=Outcome.REVERTED)
    assert ChainCode.OUTCOME_DIFFERS in codes(desk)


def test_a_hash_that_was_never_signed_for_its_transaction(desk: Desk) -> None:
    claimed(desk)
    claimed(desk)
    first, second = Transaction.objects.order_by("nonce")
    forge(first, mined_hash=second.mined_hash, block_number=second.block_number, block_hash=second.block_hash)
    finding = next(each for each in found(desk) if each.code == ChainCode.OUTCOME_DIFFERS)
    assert (finding.transaction, finding.tx_hash) == (first.pk, second.mined_hash)


@pytest.mark.fault(18, 22)
@pytest.mark.parametrize("method", ["eth_getLogs", "eth_getTransactionReceipt", "eth_getTransactionCount", "eth_feeHistory"])
def test_a_node_that_does_not_answer_leaves_the_audit_incomplete(desk: Desk, method: str) -> None:
    claimed(desk)
    desk.chain.fail(Http(503), on=method)
    finding = only(desk)
    assert (finding.code, finding.order) == (ChainCode.INCOMPLETE, None)


@pytest.mark.fault(19)
def test_a_node_that_lags_blames_nobody(desk: Desk) -> None:
    claimed(desk)
    desk.chain.lag(2)
    assert codes(desk) == [ChainCode.INCOMPLETE]


@pytest.mark.parametrize(
    ("method", "lie"), [("eth_getLogs", []), ("eth_getTransactionReceipt", None)], ids=["no logs", "no receipts"]
)
def test_a_node_that_contradicts_itself_blames_nobody(desk: Desk, method: str, lie: object) -> None:
    claimed(desk)
    desk.chain.lie(method, lie)
    assert codes(desk) == [ChainCode.INCOMPLETE]


def test_one_dead_network_does_not_keep_the_others_from_being_audited(desk: Desk) -> None:
    claimed(desk)
    desk.chain.steal_nonce(desk.wallet.address)
    desk.chain.mine(2)
    make_claim()  # on a network nobody answers for
    assert codes(desk) == [ChainCode.INCOMPLETE, ChainCode.NONCE_NOT_STORED]


# -- orders against the chain ----------------------------------------------------------------------------------------------


def spoil(desk: Desk, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """From now on the badge emits what `change` makes of its events, once they are in a block."""
    honest = desk.badge.__call__

    def contract(data: bytes, mined: bool) -> Result:
        result = honest(data, mined)
        return Result(result.ok, result.gas, tuple(change(list(result.logs))), result.data) if mined else result

    desk.chain.contracts[desk.badge.address] = contract


def settled(desk: Desk, number: int = 1, status: Status = Status.HELD, **over: Any) -> list[Claim]:
    """Claims after a transaction that the badge has spoilt."""
    claims = [make_claim(desk.reward, **over) for _ in range(number)]
    desk.finish()
    for claim in claims:
        claim.refresh_from_db()
        assert claim.order.status == status
    return claims


def complete(claim: Claim, token_ids: list[int]) -> None:
    """As if its transaction had proved it."""
    transaction = Transaction.objects.latest("nonce")
    forge(claim.order, status=Status.COMPLETED, reason="", transaction=transaction)
    Event.objects.create(
        order=claim.order, from_status=Status.HELD, to_status=Status.COMPLETED, actor="bug", transaction=transaction
    )
    forge(claim, token_ids=token_ids)


def test_completed_without_payment(desk: Desk) -> None:
    spoil(desk, lambda _: [])
    (claim,) = settled(desk)
    assert found(desk) == []  # it is held, and nobody was paid
    complete(claim, [1])
    finding = only(desk)
    assert (finding.code, finding.order, finding.tx_hash) == (
        OrderCode.NOT_PAID,
        claim.pk,
        Transaction.objects.get().mined_hash,
    )


@pytest.mark.fault(36)
def test_one_of_a_batch_without_payment(desk: Desk) -> None:
    spoil(desk, lambda logs: logs[:-1])
    claims = [make_claim(desk.reward) for _ in range(3)]
    desk.finish()
    missing = Claim.objects.get(order__status=Status.HELD)
    assert found(desk) == []
    complete(missing, [3])
    assert (only(desk).code, only(desk).order, missing in claims) == (OrderCode.NOT_PAID, missing.pk, True)


@pytest.mark.fault(30)
def test_a_reorganisation_that_takes_one_order_s_payment_away(desk: Desk) -> None:
    """The same transaction in another block, where one of its orders is not paid: what is final there decides."""
    claims = [make_claim(desk.reward) for _ in range(3)]
    desk.turn()
    desk.chain.mine()
    desk.turn()
    assert Transaction.objects.get().status == TransactionStatus.MINED
    spoil(desk, lambda logs: logs[:-1])
    desk.chain.reorg(1)
    desk.turn()
    grow_old(Transaction.objects.get())
    desk.finish()
    assert Order.objects.filter(pk__in=[claim.pk for claim in claims], status=Status.COMPLETED).count() == 2
    assert found(desk) == []


def test_two_orders_of_one_recipient_that_were_paid_as_one(desk: Desk) -> None:
    spoil(desk, lambda logs: logs[:-1])
    same = an_address()
    for _ in range(2):
        make_claim(desk.reward, recipient=same)
    desk.finish()
    complete(Claim.objects.get(order__status=Status.HELD), [2])
    assert only(desk).code == OrderCode.NOT_PAID


def test_paid_twice_in_one_transaction(desk: Desk) -> None:
    spoil(desk, lambda logs: [*logs, desk.badge.mint("0x" + logs[0]["topics"][2][26:])])
    (claim,) = settled(desk, status=Status.COMPLETED)
    finding = only(desk)
    assert (finding.code, finding.order, finding.evidence["surplus"]) == (OrderCode.PAID_TWICE, claim.pk, "1")


def test_paid_by_two_transactions(desk: Desk) -> None:
    """The first receipt was read wrongly, so that the order was sent again."""
    (claim,) = claimed(desk)
    first = Transaction.objects.get()
    forge(claim.order, status=Status.PENDING, transaction=None)
    Event.objects.create(order=claim.order, to_status=Status.PENDING, actor="bug")
    forge(claim, token_ids=None)
    desk.finish()
    finding = only(desk)
    assert (finding.code, finding.order, finding.tx_hash) == (OrderCode.PAID_TWICE, claim.pk, first.mined_hash)


@pytest.mark.parametrize("status", [Status.FAILED, Status.HELD, Status.CANCELLED, Status.PENDING])
def test_paid_and_not_completed(desk: Desk, status: Status) -> None:
    (claim,) = claimed(desk)
    over: dict[str, Any] = {"reason": Reason.REVIEW, "fail_reason": "no" if status == Status.FAILED else ""}
    forge(claim.order, status=status, transaction=None, **over)
    Event.objects.create(order=claim.order, to_status=status, actor="bug")
    finding = only(desk)
    assert (finding.code, finding.order) == (OrderCode.PAID_NOT_COMPLETED, claim.pk)


def test_too_many_were_minted(desk: Desk) -> None:
    spoil(desk, lambda logs: [*logs, desk.badge.mint("0x" + logs[0]["topics"][2][26:])])
    (claim,) = settled(desk, quantity=3, status=Status.COMPLETED)
    finding = only(desk)
    assert (finding.code, finding.order, finding.evidence) == (
        OrderCode.WRONG_AMOUNT,
        claim.pk,
        {"paid": "4", "ordered": "3"},
    )


def test_too_few_were_minted(desk: Desk) -> None:
    spoil(desk, lambda logs: logs[:-1])
    (claim,) = settled(desk, quantity=3)
    finding = only(desk)
    assert (finding.code, finding.order, finding.evidence["paid"]) == (OrderCode.WRONG_AMOUNT, claim.pk, "2")
    complete(claim, [1, 2])
    assert only(desk).code == OrderCode.WRONG_AMOUNT


@pytest.mark.parametrize("completed", [False, True])
def test_somebody_else_was_paid(desk: Desk, completed: bool) -> None:
    thief = an_address()
    spoil(desk, lambda logs: [desk.badge.mint(thief) for _ in logs])
    (claim,) = settled(desk)
    if completed:
        complete(claim, [2])
    finding = only(desk)
    assert (finding.code, finding.order, finding.evidence["recipient"]) == (OrderCode.WRONG_RECIPIENT, claim.pk, thief)


def test_another_token_than_is_stored(desk: Desk) -> None:
    (claim,) = claimed(desk)
    given = [str(token) for token in claim.token_ids or ()]
    forge(claim, token_ids=[99])
    finding = only(desk)
    assert (finding.code, finding.order) == (OrderCode.WRONG_TOKEN, claim.pk)
    assert finding.evidence == {"stored": ["99"], "given": given}


def test_a_payment_in_our_own_transaction_that_nobody_ordered(desk: Desk) -> None:
    guest = an_address()
    spoil(desk, lambda logs: [*logs, desk.badge.mint(guest)])
    settled(desk, status=Status.COMPLETED)
    finding = only(desk)
    assert (finding.code, finding.order, finding.evidence["recipient"]) == (OrderCode.PAID_WITHOUT_ORDER, None, guest)


def test_coin_that_nobody_ordered(desk: Desk) -> None:
    pay(desk.lane)
    desk.finish()
    assert only(desk).code == OrderCode.PAID_WITHOUT_ORDER


def test_a_call_that_nobody_ordered(desk: Desk) -> None:
    desk.chain.contracts[other := an_address()] = always(Result())
    pay(desk.lane, to=other, data=b"\x01\x02\x03\x04")
    desk.finish()
    assert only(desk).code == OrderCode.TRANSACTION_WITHOUT_ORDER


def test_an_empty_transaction_to_itself_pays_nobody(desk: Desk) -> None:
    fees = desk.lane.quote(desk.lane.look())
    with desk.lane.writing() as wallet:
        desk.lane.send(desk.lane.sign(wallet, [(Call(wallet.address, b""), 21_000)], fees))
    desk.finish()
    assert found(desk) == []


def test_coin_for_another_recipient_or_another_amount(desk: Desk) -> None:
    first, second = withdrawn(desk), withdrawn(desk)
    forge(first, recipient=an_address())
    forge(second, amount=999)
    assert codes(desk) == [OrderCode.WRONG_AMOUNT, OrderCode.WRONG_RECIPIENT]


@pytest.mark.fault(39, 40)
def test_a_database_older_than_the_chain(committed_desk: Desk) -> None:
    """As after a restore: the chain has transactions of ours that the database does not, and what they paid is listed."""
    desk = committed_desk
    claimed(desk)
    (lost,) = claimed(desk)
    transaction = Transaction.objects.get(nonce=1)
    forge(lost.order, status=Status.PENDING, transaction=None)
    Event.objects.create(order=lost.order, to_status=Status.PENDING, actor="backup")
    for row in [*Event.objects.filter(transaction=transaction), Attempt.objects.get(transaction=transaction), transaction]:
        erase(row)
    Wallet.objects.update(next_nonce=1)
    findings = found(desk)
    assert sorted(each.code for each in findings) == [ChainCode.NONCE_NOT_STORED, OrderCode.PAID_WITHOUT_ORDER]
    assert {each.tx_hash for each in findings} == {transaction.mined_hash}
    assert next(each for each in findings if each.code == OrderCode.PAID_WITHOUT_ORDER).evidence["recipient"] == lost.recipient


def mint_elsewhere(desk: Desk, sender: str, recipient: str) -> None:
    """Somebody mints on our badge with a key that is not ours."""
    tx = Tx(f"0x{7:064x}", sender, desk.chain.nonce(sender), desk.badge.address, 0, CLAIM.encode([recipient, 1]), 1, 1)
    desk.chain.pool[sender, tx.nonce] = tx
    desk.chain.base_fee = 1
    desk.chain.mine(2)


@pytest.mark.parametrize(("needs_role", "expected"), [(True, [OrderCode.PAID_BY_OTHERS]), (False, [])])
def test_somebody_else_mints(desk: Desk, needs_role: bool, expected: list[OrderCode]) -> None:
    claimed(desk)
    type(desk.reward).objects.update(needs_role=needs_role)
    mint_elsewhere(desk, stranger := an_address(), an_address())
    findings = found(desk)
    assert [each.code for each in findings] == expected
    assert all(stranger in each.sentence and each.severity == Severity.WARNING for each in findings)


def test_one_wallet_s_audit_leaves_another_s_payments_alone(desk: Desk) -> None:
    claimed(desk)
    other = make_wallet(network=desk.network, address=an_address())
    make_reward(wallet=other, contract=desk.badge.address)
    mint_elsewhere(desk, other.address, an_address())
    assert list(examine(Scope([desk.wallet]))) == []
    assert OrderCode.PAID_WITHOUT_ORDER in codes(desk)


def test_what_is_on_its_way_is_nobody_s_fault(desk: Desk) -> None:
    """In a final block, and the lane has not looked since."""
    make_claim(desk.reward)
    desk.turn()
    desk.chain.mine(3)
    assert Transaction.objects.get().status != TransactionStatus.FINAL
    assert found(desk) == []


# -- the orders' tables ----------------------------------------------------------------------------------------------------


def test_completed_without_proof(desk: Desk) -> None:
    (claim,) = claimed(desk)
    forge(Transaction.objects.get(), status=TransactionStatus.SENT, outcome="", block_number=None)
    finding = next(each for each in found(desk) if each.code == OrderCode.COMPLETED_WITHOUT_PROOF)
    assert (finding.order, finding.evidence) == (claim.pk, {"seen": "sent"})


def test_an_order_that_left_a_transaction_in_play(desk: Desk) -> None:
    claim = make_claim(desk.reward)
    desk.turn()
    forge(claim.order, status=Status.PENDING, transaction=None)
    Event.objects.create(order=claim.order, to_status=Status.PENDING, actor="bug")
    finding = only(desk)
    assert (finding.code, finding.order) == (OrderCode.TWO_TRANSACTIONS, claim.pk)


def test_busy_although_its_transaction_is_final(desk: Desk) -> None:
    (claim,) = claimed(desk)
    forge(claim.order, status=Status.BUSY)
    Event.objects.create(order=claim.order, to_status=Status.BUSY, actor="bug", transaction=Transaction.objects.get())
    assert sorted(codes(desk)) == [OrderCode.NOT_SETTLED, OrderCode.PAID_NOT_COMPLETED]


def test_a_status_that_its_history_does_not_have(desk: Desk) -> None:
    claim = make_claim(desk.reward)
    forge(claim.order, status=Status.CANCELLED)
    assert only(desk).code == OrderCode.HISTORY_DIFFERS


def test_an_order_without_details(committed_desk: Desk) -> None:
    claim = make_claim(committed_desk.reward, order_status=Status.HELD, order_reason=Reason.STAFF)
    Event.objects.create(order=claim.order, to_status=Status.HELD, actor="staff:me")
    order = claim.order_id
    erase(claim)
    finding = only(committed_desk)
    assert (finding.code, finding.order) == (OrderCode.DETAILS_MISSING, order)
    erase(Order.objects.get())


# -- the whole -------------------------------------------------------------------------------------------------------------


def test_the_same_thing_found_again_has_the_same_key(desk: Desk) -> None:
    (claim,) = claimed(desk)
    forge(claim, token_ids=[99])
    assert only(desk).key == only(desk).key


def test_only_what_changed_since_is_looked_at(desk: Desk) -> None:
    claim = make_claim(desk.reward)
    forge(claim.order, status=Status.CANCELLED, moved_at=Now() - timedelta(days=1))
    assert found(desk, since=claim.order.created - timedelta(hours=1)) == []


def test_only_blocks_from_the_given_one_on_are_looked_at(desk: Desk) -> None:
    (claim,) = claimed(desk)
    forge(claim, token_ids=[99])
    assert found(desk, from_blocks={desk.network.pk: 2}) == []
