"""The gate through which an order goes again."""

from tests.faults.mutants.kinds import Edit, Mutation, Rewrite, Statement

ACTIONS = "orders/actions.py"
JUDGEMENT = "orders/judgement.py"
GUARD = "orders_guard_evidence"
JUDGED = "tests/orders/test_judgement.py::"
RETRIED = "tests/orders/test_retry.py::"
GUARDS = "tests/orders/test_retry_guards.py::"
UNCERTAIN = f"{JUDGED}test_what_is_not_certain_is_for_a_person"
CHECKS = ("_no_answer", "_behind", "_disputed", "_paid", "_open", "_foreign", "_review", "_strange_payment", "_said_paid")


def _without(check: str, removes: str, test: str) -> Mutation:
    name = check.strip("_").replace("_", "-")
    left = (each for each in CHECKS if each != check)
    return Mutation(f"retry-{name}", removes, [Edit(JUDGEMENT, f"{', '.join(CHECKS)},", f"{', '.join(left)},")], [test])


JUDGEMENTS = (
    _without("_no_answer", "an order goes again only if every node has answered", UNCERTAIN),
    _without("_behind", "... and none of them is behind what is final for another", UNCERTAIN),
    _without("_disputed", "... and they agree", UNCERTAIN),
    _without(
        "_paid",
        "an order that was paid is completed and does not go again",
        f"{JUDGED}test_one_that_paid_it_decides_whatever_the_others_came_to",
    ),
    _without(
        "_open", "an order whose nonce is open does not go again", f"{JUDGED}test_a_nonce_that_is_open_must_be_spent_first"
    ),
    _without("_foreign", "an order whose nonce went to a stranger is for two people", UNCERTAIN),
    _without("_review", "an order whose events do not tell is for two people", UNCERTAIN),
    _without("_strange_payment", "an order whose recipient was paid by nobody knows whom is for two people", UNCERTAIN),
    _without("_said_paid", "an order of which the contract says that it was paid is for two people", UNCERTAIN),
    Mutation(
        "retry-same-word",
        "what became of a nonce is what all nodes say alike",
        [
            Edit(
                "chain/witnesses.py",
                "return said[0] if said and len({_key(fate) for fate in said}) == 1 else",
                "return said[0] if said else",
            )
        ],
        ["tests/chain/test_witnesses.py::test_a_node_that_lags_disputes_it"],
    ),
    Mutation(
        "retry-unmoved",
        "an order that moved while the chain was asked is left alone",
        [Edit(ACTIONS, "    _check_revision(locked, order.revision)\n", "")],
        [f"{RETRIED}test_one_that_moves_while_the_chain_is_asked_is_left_alone"],
    ),
    Mutation(
        "retry-two-people",
        "who asked for a release does not confirm it",
        [Edit(ACTIONS, "    if asked.asked_by == actor:", "    if not asked.asked_by:")],
        [f"{RETRIED}test_nobody_confirms_what_they_asked_for"],
    ),
    Mutation(
        "retry-by-staff",
        "two people are two members of staff",
        [Edit(ACTIONS, '    if not actor.startswith("staff:"):', "    if not actor:")],
        [f"{RETRIED}test_only_staff_ask_and_confirm"],
    ),
)

OF_THE_DATABASE = (
    Mutation(
        "evidence-guard",
        "a failed order goes again with evidence only: the database's guard",
        [Rewrite(GUARD, "ELSIF OLD.status = 'failed' OR two OR (bound AND NOT expired) THEN", "ELSIF false THEN")],
        [
            f"{GUARDS}test_a_failed_order_goes_again_with_evidence_only",
            f"{GUARDS}test_a_held_order_that_was_bound_needs_it_too",
        ],
    ),
    Mutation(
        "evidence-of-the-revision",
        "evidence counts for the revision it was found at",
        [Rewrite(GUARD, "AND e.evidence ->> 'revision' = OLD.revision::text", "")],
        [f"{GUARDS}test_evidence_counts_for_the_revision_it_was_found_at"],
    ),
    Mutation(
        "evidence-of-two",
        "where evidence conflicts two people have signed",
        [Rewrite(GUARD, "ELSIF two AND NOT confirmed THEN", "ELSIF false THEN")],
        [
            f"{GUARDS}test_where_evidence_conflicts_it_takes_two_people",
            f"{GUARDS}test_what_two_people_signed_counts_for_one_revision",
        ],
    ),
    Mutation(
        "evidence-of-payment",
        "a failed or held order is completed with proof only",
        [Rewrite(GUARD, "IF verdict IS DISTINCT FROM 'paid' OR NOT EXISTS", "IF false AND NOT EXISTS")],
        [f"{GUARDS}test_a_failed_or_held_order_is_completed_with_proof_only"],
    ),
    Mutation(
        "two-people-check",
        "nobody confirms for themselves, and no program does",
        [Statement("ALTER TABLE orders_releaserequest DROP CONSTRAINT release_request_two_people")],
        [f"{GUARDS}test_nobody_confirms_for_themselves_and_no_program_does"],
    ),
    Mutation(
        "release-request-kept",
        "what was asked and confirmed stays",
        [Statement("DROP TRIGGER orders_release_request_kept ON orders_releaserequest")],
        [f"{GUARDS}test_what_was_asked_and_confirmed_stays"],
    ),
    Mutation(
        "hold-guard",
        "an order that was bound is not held by staff to get around the evidence",
        [Statement("DROP TRIGGER orders_guard_hold ON orders_order")],
        [f"{GUARDS}test_but_an_order_that_was_bound_cannot_be_held_by_staff_to_get_around_it"],
    ),
    Mutation(
        "restored-guard",
        "a restored order is bound to the transaction that was sent for it",
        [Statement("DROP TRIGGER orders_guard_restored ON orders_order")],
        [f"{GUARDS}test_a_journal_leads_to_the_transaction_that_was_sent_and_nowhere_else"],
    ),
)

MUTATIONS = (*JUDGEMENTS, *OF_THE_DATABASE)
