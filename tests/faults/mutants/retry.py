"""Going again: what every node is asked, what is concluded from it, who may say so, and what the database demands."""

from tests.faults.mutants.kinds import Edit, Mutation, Rewrite, Statement

WITNESSES = "chain/witnesses.py"
GATE = "orders/gate/retry.py"
JUDGEMENT = "orders/gate/judgement.py"
ACTIONS = "orders/actions.py"
RETRIED = "tests/orders/test_retry.py::"
JUDGED = "tests/orders/test_judgement.py::"
HEARD = "tests/chain/test_witnesses.py::"
GUARDED = "tests/orders/test_retry_guards.py::"
FLOW = "tests/flow/test_retry.py::"
LAW = "orders_guard_evidence"

ASKING = (
    Mutation(
        "retry-every-node",
        "every URL is asked before an order goes again",
        [Edit(WITNESSES, "node_for(network).apart()", "node_for(network).apart()[:1]")],
        [
            f"{RETRIED}test_the_second_node_lags",
            f"{RETRIED}test_the_nodes_disagree_about_a_receipt",
            f"{RETRIED}test_one_of_two_answers_all_but_one_question",
        ],
    ),
    Mutation(
        "retry-same-word",
        "nodes that say different things of a nonce prove nothing",
        [Edit(WITNESSES, "if said and len({_key(fate) for fate in said}) == 1 else", "if said else")],
        [f"{RETRIED}test_the_nodes_disagree_about_a_receipt", f"{HEARD}test_a_node_that_hides_the_receipt_disputes_it"],
    ),
    Mutation(
        "retry-canonical",
        "a receipt whose block is not on the chain is none",
        [Edit(WITNESSES, " if there[receipt.block_number] == receipt.block_hash}", "}")],
        [f"{HEARD}test_a_receipt_whose_block_is_not_on_the_chain_counts_for_nothing"],
    ),
    Mutation(
        "retry-behind",
        "a node that has not seen what is final for another says nothing",
        [Edit(WITNESSES, "if statement.head < final]", "if statement.head < 0]")],
        [f"{RETRIED}test_the_second_node_lags[failed]", f"{HEARD}test_a_node_that_lags_disputes_it"],
    ),
    Mutation(
        "retry-heard-of",
        "a nonce is not a stranger's while a node has heard of ours",
        [Edit(WITNESSES, "Course.DISPUTED if heard else Course.FOREIGN", "Course.FOREIGN")],
        [f"{HEARD}test_nobody_else_took_the_nonce_while_a_node_has_heard_of_ours"],
    ),
    Mutation(
        "retry-spent",
        "a nonce that is not spent for good is open",
        [Edit(WITNESSES, "    if transaction.nonce >= statement.spent:", "    if transaction.nonce < 0:")],
        [
            f"{RETRIED}test_when_the_chain_loses_what_was_final_it_is_not_sent_again",
            f"{RETRIED}test_while_its_transaction_may_be_mined_it_must_be_cancelled_first",
        ],
    ),
    Mutation(
        "retry-own-step",
        "a first step that was noted is not read again with what came of it",
        [Edit(GATE, "_noted(inquiry.order, transaction, fate.receipt) or _read", "_read")],
        [f"{FLOW}test_after_its_first_step_an_order_takes_the_second"],
    ),
    Mutation(
        "retry-own-poll",
        "an order's own poll explains no payment to its recipient",
        [Edit(GATE, " if detail.pk != inquiry.order.pk}", "}")],
        [f"{FLOW}test_one_whose_own_poll_its_managers_have_paid_is_for_a_person"],
    ),
)

JUDGING = (
    Mutation(
        "retry-no-answer",
        "a node that is silent makes it uncertain",
        [Edit(JUDGEMENT, "    _no_answer, _behind,", "    _behind,")],
        [
            f"{RETRIED}test_no_node_answers",
            f"{RETRIED}test_the_second_node_serves_another_chain",
            f"{RETRIED}test_two_people_cannot_answer_for_a_node_that_is_silent",
        ],
    ),
    Mutation(
        "retry-open",
        "nothing goes again while a transaction of it may still be mined",
        [Edit(JUDGEMENT, "_paid, _open, _alive,", "_paid, _alive,")],
        [f"{RETRIED}test_when_the_chain_loses_what_was_final_it_is_not_sent_again"],
    ),
    Mutation(
        "retry-foreign",
        "nothing goes again by itself whose nonce went to a stranger",
        [Edit(JUDGEMENT, "_alive, _foreign, _taken,", "_alive, _taken,")],
        [f"{JUDGED}test_what_is_not_certain_is_for_a_person"],
    ),
    Mutation(
        "retry-review",
        "nothing goes again by itself whose events do not tell",
        [Edit(JUDGEMENT, "_taken, _review, _strange_payment,", "_taken, _strange_payment,")],
        [f"{RETRIED}test_events_that_cannot_be_read_are_for_a_person"],
    ),
    Mutation(
        "retry-strange-payment",
        "nothing goes again whose recipient was paid by somebody else",
        [Edit(JUDGEMENT, "_review, _strange_payment, _said_paid,", "_review, _said_paid,")],
        [
            f"{RETRIED}test_somebody_else_minted_for_the_recipient",
            f"{FLOW}test_one_that_somebody_else_has_minted_for_is_not_minted_again",
        ],
    ),
    Mutation(
        "retry-said-paid",
        "nothing goes again of which the contract says that it was paid",
        [Edit(JUDGEMENT, "_strange_payment, _said_paid,", "_strange_payment,")],
        [f"{RETRIED}test_the_contract_says_that_it_was_paid"],
    ),
    Mutation(
        "retry-for-people",
        "nobody answers for a node that is silent",
        [Edit(JUDGEMENT, "frozenset({Cause.FOREIGN,", "frozenset({Cause.NO_ANSWER, Cause.FOREIGN,")],
        [f"{RETRIED}test_two_people_cannot_answer_for_a_node_that_is_silent"],
    ),
)

MOVING = (
    Mutation(
        "retry-unmoved",
        "an order that moved while the chain was asked is left alone",
        [Edit(ACTIONS, "    _check_revision(locked, order.revision)\n", "")],
        [f"{RETRIED}test_one_that_moves_while_the_chain_is_asked_is_left_alone"],
    ),
    Mutation(
        "retry-set-right",
        "the end of a transaction that was settled by a lie is set right",
        [Edit(ACTIONS, "        correct(transaction.pk, Outcome.SUCCEEDED, **finding.by.facts)\n", "        pass\n")],
        [f"{RETRIED}test_one_that_was_paid_after_all_is_completed_with_the_proof"],
    ),
    Mutation(
        "release-by-one",
        "an order whose evidence conflicts is not released by one person",
        [Edit(ACTIONS, "order.reason in (Reason.REVIEW, Reason.FOREIGN)", "not order.reason")],
        [f"{RETRIED}test_one_alone_does_not"],
    ),
    Mutation(
        "release-by-history",
        "an order that was ever bound is asked about, whatever it is held for",
        [Edit(ACTIONS, "needs_two(order) or order.events.filter(transaction__isnull=False).exists()", "needs_two(order)")],
        [f"{RETRIED}test_held_once_more_for_another_reason_it_still_takes_two"],
    ),
    Mutation(
        "release-staff-only",
        "no client and no program asks for such a release, or confirms one",
        [Edit(ACTIONS, '    if not actor.startswith("staff:"):', "    if not actor:")],
        [f"{RETRIED}test_only_staff_ask_and_confirm"],
    ),
)

DATABASE = (
    Mutation(
        "release-two-people",
        "whoever asked does not confirm, says the database",
        [Statement("ALTER TABLE orders_releaserequest DROP CONSTRAINT release_request_two_people")],
        [f"{GUARDED}test_nobody_confirms_for_themselves_and_no_program_does"],
    ),
    Mutation(
        "release-request-kept",
        "who asked for a release stays",
        [Statement("DROP TRIGGER orders_release_request_kept ON orders_releaserequest")],
        [f"{GUARDED}test_what_was_asked_and_confirmed_stays"],
    ),
    Mutation(
        "evidence-demanded",
        "a failed order goes again with evidence only, says the database",
        [Statement("DROP TRIGGER orders_guard_evidence ON orders_order")],
        [
            f"{GUARDED}test_a_failed_order_goes_again_with_evidence_only",
            f"{GUARDED}test_a_failed_or_held_order_is_completed_with_proof_only",
            f"{GUARDED}test_psql_gets_around_none_of_it",
        ],
    ),
    Mutation(
        "evidence-of-this-revision",
        "evidence counts for the revision it was found at",
        [Rewrite(LAW, "AND e.evidence ->> 'revision' = OLD.revision::text", "")],
        [
            f"{GUARDED}test_evidence_counts_for_the_revision_it_was_found_at",
            f"{GUARDED}test_what_stood_in_the_history_before_counts_for_nothing_later",
        ],
    ),
    Mutation(
        "evidence-of-two",
        "conflicting evidence takes two people, says the database",
        [Rewrite(LAW, "ELSIF two AND NOT confirmed THEN", "ELSIF false THEN")],
        [
            f"{GUARDED}test_where_evidence_conflicts_it_takes_two_people",
            f"{GUARDED}test_what_two_people_signed_counts_for_one_revision",
        ],
    ),
    Mutation(
        "evidence-conflicts-for-two",
        "what nobody knows is not answered for by two people either, says the database",
        [
            Rewrite(
                LAW,
                "verdict = 'unsure' AND finding ->> 'cause' IN ('foreign', 'review', 'strange_payment', 'said_paid')",
                "verdict = 'unsure'",
            )
        ],
        [f"{GUARDED}test_nor_for_what_is_not_known"],
    ),
    Mutation(
        "evidence-conflicts-for-one",
        "whatever an order is held for, conflicting evidence takes two people, says the database",
        [Rewrite(LAW, "(confirmed AND conflicts)", "conflicts")],
        [f"{GUARDED}test_two_people_may_answer_for_any_order_whose_evidence_conflicts"],
    ),
    Mutation(
        "hold-is-no-way-around",
        "an order that was bound cannot be held by staff to get around the evidence",
        [Statement("DROP TRIGGER orders_guard_hold ON orders_order")],
        [f"{GUARDED}test_but_an_order_that_was_bound_cannot_be_held_by_staff_to_get_around_it"],
    ),
    Mutation(
        "restored-is-bound",
        "what a journal brings back is bound to what was sent when the commit ends",
        [Statement("DROP TRIGGER orders_guard_restored ON orders_order")],
        [f"{GUARDED}test_a_journal_leads_to_the_transaction_that_was_sent_and_nowhere_else"],
    ),
)

MUTATIONS = (*ASKING, *JUDGING, *MOVING, *DATABASE)
