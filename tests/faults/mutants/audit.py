"""What the audit looks for. An audit that finds nothing must mean that there is nothing."""

from tests.faults.mutants.kinds import Edit, Mutation

ROWS = "chain/audit.py"
PROOF = "chain/proof.py"
LEDGER = "orders/audit/ledger.py"
AUDIT = "orders/audit/examine.py"
RULES = "orders/audit/invariants.py"
TESTS = "tests/orders/test_audit.py::"

OF_THE_DATABASE = (
    Mutation(
        "audit-one-transaction",
        "I1: an order is in one transaction that may still pay it",
        [Edit(RULES, "WHERE t.status <> 'final' AND (o", "WHERE false AND (o")],
        [f"{TESTS}test_an_order_that_left_a_transaction_in_play"],
    ),
    Mutation(
        "audit-bytes",
        "I2: what was signed for a nonce is its one payload, or the empty cancellation",
        [Edit(ROWS, "in pairs if was != must]", "in pairs if was is must is None]")],
        [f"{TESTS}test_bytes_that_are_not_their_transaction"],
    ),
    Mutation(
        "audit-gaps",
        "I4: nonces have no gap",
        [Edit(ROWS, "    if missing or strays:", "    if strays:")],
        [f"{TESTS}test_a_gap_in_the_nonces"],
    ),
    Mutation(
        "audit-stored-first",
        "I8: nothing was sent before it was stored",
        [Edit(ROWS, "    if attempt.first_sent_at is not None and", "    if attempt.first_sent_at is None and")],
        [f"{TESTS}test_sent_before_it_was_stored"],
    ),
    Mutation(
        "audit-ceiling",
        "I9: no fee above the ceiling was signed",
        [Edit(ROWS, "and attempt.max_fee > network.ceiling:", "and attempt.max_fee < 0:")],
        [f"{TESTS}test_a_fee_above_the_ceiling"],
    ),
)

OF_THE_CHAIN = (
    Mutation(
        "audit-spent-elsewhere",
        "I3: every nonce that the chain has used is stored",
        [Edit(PROOF, "    for nonce in missing[:SEARCHED]:", "    for nonce in missing[:0]:")],
        [f"{TESTS}test_a_nonce_that_was_spent_elsewhere"],
    ),
    Mutation(
        "audit-order-without-payment",
        "I5: a completed order was paid",
        [Edit(LEDGER, "        left.unpaid += due\n", "        left.unpaid += due[:0]\n")],
        [f"{TESTS}test_completed_without_payment"],
    ),
    Mutation(
        "audit-paid-twice",
        "I5: an order was paid once",
        [Edit(LEDGER, "    elif due or others:\n", "    elif not due and not others:\n")],
        [f"{TESTS}test_paid_twice_in_one_transaction", f"{TESTS}test_paid_by_two_transactions"],
    ),
    Mutation(
        "audit-wrong-amount",
        "I5: an order was paid its whole amount",
        [Edit(LEDGER, "        yield from _too_little(got, due, -surplus)", "        yield from ()")],
        [f"{TESTS}test_too_few_were_minted"],
    ),
    Mutation(
        "audit-wrong-recipient",
        "I5: an order's own recipient was paid",
        [Edit(LEDGER, "        if not candidates:\n", "        if not candidates or candidates:\n")],
        [f"{TESTS}test_somebody_else_was_paid"],
    ),
    Mutation(
        "audit-payment-without-order",
        "a payment that nobody ordered is found",
        [Edit(LEDGER, "            yield without_order(payment, transaction)\n", "")],
        [f"{TESTS}test_a_payment_in_our_own_transaction_that_nobody_ordered"],
    ),
    Mutation(
        "audit-unknown-transactions",
        "payments in transactions that are not stored here are found",
        [Edit(AUDIT, "    yield from strangers.check(view, book.guards, polls, scanned)\n", "")],
        [f"{TESTS}test_a_database_older_than_the_chain", f"{TESTS}test_somebody_else_mints"],
    ),
    Mutation(
        "audit-incomplete",
        "an audit that could not ask a node is not clean",
        [Edit(AUDIT, '            yield incomplete(f"Network {network.name}", error)', "            assert error")],
        [f"{TESTS}test_a_node_that_does_not_answer_leaves_the_audit_incomplete"],
    ),
)

MUTATIONS = (*OF_THE_DATABASE, *OF_THE_CHAIN)
