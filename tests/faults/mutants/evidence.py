"""What is concluded from receipts, and at what price."""

from tests.faults.mutants.kinds import Edit, Mutation

EVIDENCE = "chain/evidence.py"
DECISIONS = "chain/decisions.py"
FEES = "chain/fees.py"
OBSERVE = "tests/chain/test_lane_observe.py::"
REPLACE = "tests/chain/test_lane_replace.py::"
TURNS = "tests/orders/test_turn.py::"
DECIDED = "tests/chain/test_decisions.py::"
PRICES = "tests/chain/test_fees.py::"

RECEIPTS = (
    Mutation(
        "finality-depth",
        "final takes the network's number of blocks",
        [Edit(DECISIONS, "receipt.block_number + 1 >= network.confirmations", "receipt.block_number + 1 >= 1")],
        [f"{DECIDED}test_depth_counts_the_transactions_own_block", f"{TURNS}test_an_order_in_a_young_block_is_still_busy"],
    ),
    Mutation(
        "finality-tag",
        "where a network has real finality, only that counts",
        [
            Edit(
                DECISIONS,
                "    if network.uses_finalized_tag:\n        return",
                "    if not network.confirmations:\n        return",
            )
        ],
        [f"{OBSERVE}test_with_a_finalized_tag_depth_alone_is_not_enough"],
    ),
    Mutation(
        "canonical-header",
        "the chain's own header must agree with a final receipt",
        [Edit(EVIDENCE, " and look.is_canonical(receipt):", ":")],
        [f"{OBSERVE}test_a_receipt_without_its_block_settles_nothing"],
    ),
    Mutation(
        "silence-is-no-reorg",
        "a receipt that is missing moves nothing back",
        [Edit(EVIDENCE, "not in (None, transaction.block_hash):", "is not None:")],
        [f"{OBSERVE}test_a_missing_receipt_alone_is_no_reorganisation"],
    ),
    Mutation(
        "lag-is-no-reorg",
        "a node that has not got the block moves nothing back",
        [Edit(EVIDENCE, "not in (None, transaction.block_hash):", "!= transaction.block_hash:")],
        [f"{OBSERVE}test_a_node_that_lags_moves_nothing_back"],
    ),
    Mutation(
        "reorg-is-seen",
        "a transaction whose block left the chain is sent again",
        [Edit(EVIDENCE, "not in (None, transaction.block_hash):", '== "":')],
        [f"{OBSERVE}test_a_reorganised_transaction_is_sent_again_and_mined_elsewhere"],
    ),
    Mutation(
        "every-attempt-is-watched",
        "the receipts of all payloads of a nonce are read, not of the last alone",
        [
            Edit(
                EVIDENCE,
                "[attempt.hash for t in suspects for attempt in t.attempts.all()]",
                "[decisions.best_attempt(t).hash for t in suspects]",
            )
        ],
        [f"{OBSERVE}test_whichever_of_payment_and_cancellation_wins_is_told_apart[0-succeeded]"],
    ),
    Mutation(
        "judged-by-what-mined",
        "a cancellation counts only if the empty transaction is what mined",
        [
            Edit(
                DECISIONS,
                "    if attempt.kind == AttemptKind.CANCEL:",
                "    if attempt.transaction_id and attempt.transaction.cancel_asked_by:",
            )
        ],
        [
            f"{OBSERVE}test_whichever_of_payment_and_cancellation_wins_is_told_apart[0-succeeded]",
            f"{TURNS}test_a_cancellation_that_loses_completes_the_order",
        ],
    ),
    Mutation(
        "ends-once",
        "a transaction ends once",
        [Edit(EVIDENCE, "    return moved == 1", "    return moved >= 0")],
        [f"{OBSERVE}test_a_final_transaction_ends_once"],
    ),
)

REPLACEMENTS = (
    Mutation(
        "ceiling-of-quotes",
        "nothing is quoted above the ceiling",
        [Edit(FEES, "    if ceiling is not None and cost > ceiling:\n        raise AboveCeiling(cost, ceiling)\n", "")],
        [
            f"{PRICES}test_a_price_above_the_ceiling_is_refused_with_both_numbers",
            f"{TURNS}test_above_the_ceiling_orders_wait_without_a_fail_reason",
        ],
    ),
    Mutation(
        "ceiling-of-headroom",
        "the headroom of a max fee ends at the ceiling",
        [Edit(FEES, "generous if ceiling is None else min(generous, ceiling)", "generous")],
        [f"{PRICES}test_the_ceiling_caps_the_headroom"],
    ),
    Mutation(
        "ceiling-of-bumps",
        "a replacement above the ceiling is not signed",
        [Edit(FEES, "    if ceiling is not None and max_fee > ceiling:\n        return None\n", "")],
        [f"{PRICES}test_a_bump_that_breaks_the_ceiling_is_not_made", f"{REPLACE}test_at_the_ceiling_nothing_new_is_signed"],
    ),
    Mutation(
        "bump-over-the-highest",
        "a replacement is dearer than the dearest attempt, not than the first",
        [Edit("chain/lane.py", "bump(highest(a.fees for a in attempts)", "bump(attempts[0].fees")],
        [f"{REPLACE}test_a_second_bump_is_an_eighth_over_the_first"],
    ),
    Mutation(
        "bump-of-the-tip",
        "a replacement raises the tip too, which pools ask for",
        [Edit(FEES, "_raised(highest.tip)", "highest.tip")],
        [
            f"{PRICES}test_a_bump_raises_both_fields_by_an_eighth_rounded_up",
            f"{REPLACE}test_an_old_one_is_signed_again_an_eighth_dearer_in_both_fields",
        ],
    ),
    Mutation(
        "bump-of-the-max-fee",
        "a replacement raises the max fee too, whatever the market says",
        [Edit(FEES, "max(wanted.max_fee, _raised(highest.max_fee))", "wanted.max_fee")],
        [f"{PRICES}test_a_bump_raises_both_fields_by_an_eighth_rounded_up"],
    ),
    Mutation(
        "cancellation-is-empty",
        "a cancellation pays nobody",
        [Edit("chain/lane.py", "        if kind == AttemptKind.CANCEL:\n", "        if kind not in AttemptKind:\n")],
        [f"{REPLACE}test_a_cancellation_is_empty_and_goes_to_ourselves"],
    ),
    Mutation(
        "key-of-the-wallet",
        "a key that belongs to another address signs nothing",
        [Edit("chain/signing.py", "    if address != wallet.address:", "    if not address:")],
        [
            "tests/chain/test_signing.py::test_the_key_of_another_address_is_refused",
            f"{TURNS}test_without_a_key_nothing_is_signed_and_staff_are_told",
        ],
    ),
)

MUTATIONS = (*RECEIPTS, *REPLACEMENTS)
