"""Constraints and triggers: what the database refuses whatever the code does."""

from tests.faults.mutants.kinds import Mutation, Rewrite, Statement

CHAIN = "tests/chain/test_guards.py::"
ORDERS = "tests/orders/test_guards.py::"
KINDS = "tests/orders/test_queue.py::"
INTAKE = "tests/api/test_intake.py::"

GUARD = "orders_guard_move"


def _constraint(table: str, name: str) -> list[Statement]:
    return [Statement(f"ALTER TABLE {table} DROP CONSTRAINT {name}")]


def _trigger(table: str, name: str) -> list[Statement]:
    return [Statement(f"DROP TRIGGER {name} ON {table}")]


UNIQUE = (
    Mutation(
        "nonce-unique",
        "one transaction per nonce of a wallet",
        _constraint("chain_transaction", "transaction_nonce_once"),
        [f"{CHAIN}test_a_nonce_is_used_once"],
    ),
    Mutation(
        "hash-unique",
        "one row per signed payload",
        _constraint("chain_attempt", "chain_attempt_hash_key"),
        [f"{CHAIN}test_a_hash_is_stored_once"],
    ),
    Mutation(
        "wallet-unique",
        "one wallet per address of a network, so that one lane owns its nonces",
        _constraint("chain_wallet", "wallet_once_per_network"),
        [f"{CHAIN}test_an_address_is_one_wallet_of_a_network"],
    ),
    Mutation(
        "idempotency-unique",
        "one order per idempotency key of a client",
        _constraint("orders_order", "order_idempotency_key_once"),
        [
            f"{ORDERS}test_a_client_uses_a_key_once[idempotency_key]",
            f"{INTAKE}test_the_same_key_and_body_give_the_same_order",
            f"{INTAKE}test_fifty_requests_at_once_with_one_key_make_one_order",
        ],
    ),
    Mutation(
        "external-id-unique",
        "one order per external id of a client",
        [Statement("DROP INDEX order_external_id_once")],
        [f"{ORDERS}test_a_client_uses_a_key_once[external_id]", f"{INTAKE}test_an_external_id_is_taken_once"],
    ),
    Mutation(
        "bulk-unique",
        "one answer per key of a bulk request",
        _constraint("orders_bulkrequest", "bulk_request_once"),
        [f"{ORDERS}test_a_bulk_request_is_answered_once_for_a_key"],
    ),
)

CHECKS = (
    Mutation(
        "amount-check",
        "an amount is from 1 to 2^256 - 1",
        _constraint("withdrawals_withdrawal", "withdrawal_amount_uint256"),
        [f"{ORDERS}test_a_withdrawal_is_of_an_amount_that_exists"],
    ),
    Mutation(
        "quantity-check",
        "a claim is of at least one",
        _constraint("claims_claim", "claim_quantity_positive"),
        [f"{ORDERS}test_a_claim_is_of_something[0]"],
    ),
    Mutation(
        "value-check",
        "a transaction's value is from 0 to 2^256 - 1",
        _constraint("chain_transaction", "transaction_value_uint256"),
        [f"{CHAIN}test_a_value_is_a_uint256"],
    ),
    Mutation(
        "outcome-check",
        "an outcome on final transactions and on no others",
        _constraint("chain_transaction", "transaction_outcome_iff_final"),
        [f"{CHAIN}test_an_outcome_stands_on_final_transactions_only"],
    ),
    Mutation(
        "bound-check",
        "a busy or completed order has a transaction",
        _constraint("orders_order", "order_bound_has_transaction"),
        [f"{ORDERS}test_a_status_needs_what_it_says"],
    ),
    Mutation(
        "waiting-check",
        "a pending order has no transaction",
        _constraint("orders_order", "order_waiting_has_no_transaction"),
        [f"{ORDERS}test_a_pending_order_has_no_transaction"],
    ),
    Mutation(
        "failed-check",
        "a failed order says why, and no other does",
        _constraint("orders_order", "order_failed_has_reason"),
        [f"{ORDERS}test_a_status_needs_what_it_says"],
    ),
    Mutation(
        "total-check",
        "no more is taken of a reward than there is",
        _constraint("claims_reward", "reward_within_total"),
        ["tests/claims/test_reward.py::test_no_more_is_taken_than_there_is"],
    ),
)

TRIGGERS = (
    Mutation(
        "order-moves",
        "the database's own table of an order's moves",
        [Rewrite(GUARD, "(OLD.status, NEW.status) NOT IN (", "false AND (OLD.status, NEW.status) NOT IN (")],
        [
            f"{ORDERS}test_the_database_knows_the_same_moves_as_the_code",
            "tests/orders/test_moves.py::test_an_illegal_move_is_refused_and_nothing_is_told",
        ],
    ),
    Mutation(
        "bound-until-final",
        "an order leaves its transaction only when that is final",
        [Rewrite(GUARD, "OLD.status = 'busy' AND EXISTS", "false AND EXISTS")],
        [f"{ORDERS}test_an_order_stays_bound_until_its_transaction_is_final"],
    ),
    Mutation(
        "completed-needs-proof",
        "completed takes a final transaction that succeeded",
        [Rewrite(GUARD, "NEW.status = 'completed' AND NOT EXISTS", "false AND NOT EXISTS")],
        [f"{ORDERS}test_a_transaction_that_did_not_succeed_completes_nothing"],
    ),
    Mutation(
        "bound-once",
        "a bound order is bound to no other transaction",
        _trigger("orders_order", "orders_guard_binding"),
        [f"{ORDERS}test_a_bound_order_is_not_bound_to_another_transaction"],
    ),
    Mutation(
        "history-append-only",
        "history is neither rewritten nor deleted",
        _trigger("orders_event", "orders_event_append_only"),
        [f"{ORDERS}test_history_is_never_rewritten", f"{ORDERS}test_history_is_never_deleted"],
    ),
    Mutation(
        "order-never-deleted",
        "orders are never deleted",
        _trigger("orders_order", "orders_order_never_deleted"),
        [f"{ORDERS}test_orders_are_never_deleted"],
    ),
    Mutation(
        "transaction-moves",
        "the database's own table of a transaction's moves",
        _trigger("chain_transaction", "chain_guard_move"),
        [f"{CHAIN}test_the_database_knows_the_same_moves_as_the_code"],
    ),
    Mutation(
        "transaction-immutable",
        "what a nonce is bound to never changes",
        _trigger("chain_transaction", "chain_transaction_immutable"),
        [f"{CHAIN}test_what_a_nonce_is_bound_to_never_changes"],
    ),
    Mutation(
        "transaction-never-deleted",
        "transactions are never deleted",
        _trigger("chain_transaction", "chain_transaction_never_deleted"),
        [f"{CHAIN}test_transactions_are_never_deleted"],
    ),
    Mutation(
        "attempt-immutable",
        "signed bytes, their hash and fees never change",
        _trigger("chain_attempt", "chain_attempt_immutable"),
        [f"{CHAIN}test_signed_bytes_never_change"],
    ),
    Mutation(
        "attempt-never-deleted",
        "signed bytes are never deleted",
        _trigger("chain_attempt", "chain_attempt_never_deleted"),
        [f"{CHAIN}test_attempts_are_never_deleted"],
    ),
    Mutation(
        "withdrawal-immutable",
        "what was ordered and paid never changes",
        _trigger("withdrawals_withdrawal", "withdrawals_guard"),
        [f"{KINDS}test_what_was_ordered_and_what_the_chain_answered_never_change"],
    ),
    Mutation(
        "claim-immutable",
        "what was claimed and minted never changes",
        _trigger("claims_claim", "claims_guard"),
        [f"{KINDS}test_nor_does_what_was_claimed_and_minted"],
    ),
)

GROUPS = tuple(
    Mutation(
        f"{kind}-stays",
        f"what a {kind} pays in never changes once it has orders",
        _trigger(table, trigger),
        [f"tests/admin/test_groups.py::test_with_orders_it_may_not[{kind}]"],
    )
    for kind, table, trigger in (
        ("reward", "claims_reward", "claims_guard_reward"),
        ("pool", "withdrawals_pool", "withdrawals_guard_pool"),
        ("staking", "stakes_stakingcontract", "stakes_guard_contract"),
    )
)

MUTATIONS = (*UNIQUE, *CHECKS, *TRIGGERS, *GROUPS)
