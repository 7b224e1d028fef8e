"""What a minter without coin has signed: when it is dead, what each order came to, and what is signed next."""

from tests.faults.mutants.kinds import Edit, Mutation, Statement

FORWARDER = "chain/forwarder.py"
FORWARDING = "chain/forwarding.py"
EVIDENCE = "chain/evidence.py"
TURN = "orders/turn.py"
JUDGEMENT = "orders/gate/judgement.py"
FLOW = "tests/flow/test_sponsored.py::"
AGAIN = "tests/flow/test_sponsored_again.py::"
WATCHED = "tests/chain/test_forwarding.py::"
CODED = "tests/chain/test_forwarder.py::"
STORED = "tests/chain/test_requests.py::"
JUDGED = "tests/orders/test_judgement.py::"

_COMMITS_UNSEEN = Edit(TURN, "    if not forwarding.may_sign(plan.minter):\n        return []\n", "")

DEAD = (
    Mutation(
        "sponsor-waits",
        "a transaction is not settled while anybody may have its requests executed",
        [
            Edit(EVIDENCE, "    return _with_requests(lane, landed, snapshot)", "    return landed"),
            Statement("DROP TRIGGER chain_guard_requests ON chain_transaction"),
        ],
        [f"{FLOW}test_a_cancelled_transaction_is_settled_only_when_its_requests_are_dead"],
    ),
    Mutation(
        "sponsor-deadline",
        "a request is dead only once its deadline is over",
        [
            Edit(FORWARDER, "return Life.DEAD if time > deadline else Life.ALIVE", "return Life.DEAD"),
            Edit(FORWARDING, "row.pk not in known and row.deadline < snapshot.head_time]", "row.pk not in known]"),
        ],
        [
            f"{CODED}test_a_request_is_dead_only_after_its_deadline_and_unused",
            f"{FLOW}test_a_cancelled_transaction_is_settled_only_when_its_requests_are_dead",
        ],
    ),
    Mutation(
        "sponsor-final-time",
        "that it is over is told by a block that will not leave the chain, not by the latest one",
        [Edit(FORWARDING, "    time = node.time(final)", "    time = node.time(final) + 10**9")],
        [f"{WATCHED}test_whatever_became_of_its_transaction_all_nodes_must_say_that_it_is_dead"],
    ),
    Mutation(
        "sponsor-used",
        "what somebody else had executed first is never signed anew",
        [Edit(FORWARDER, "    if used > nonce:\n        return Life.USED\n", "")],
        [f"{FLOW}test_what_a_stranger_had_executed_first_is_never_paid_again"],
    ),
    Mutation(
        "sponsor-all-nodes",
        "every node must say that a request is dead",
        [Edit(FORWARDING, "if lives == {life}}", "if life in lives}")],
        [f"{WATCHED}test_whatever_became_of_its_transaction_all_nodes_must_say_that_it_is_dead"],
    ),
    Mutation(
        "sponsor-silent-node",
        "a node that does not answer leaves it open",
        [
            Edit(
                FORWARDING,
                "        return {}\n    agreed",
                "        said = [{request.pk: Life.DEAD for request in requests}]\n    agreed",
            )
        ],
        [f"{WATCHED}test_one_node_that_does_not_answer_leaves_it_open"],
    ),
    Mutation(
        "sponsor-final-guard",
        "the database ends no transaction whose requests may be executed",
        [Statement("DROP TRIGGER chain_guard_requests ON chain_transaction")],
        [f"{STORED}test_no_transaction_ends_while_its_requests_may_be_executed"],
    ),
    Mutation(
        "sponsor-outcome-once",
        "what became of a request is written once",
        [Statement("DROP TRIGGER chain_request_outcome_once ON chain_forwardrequest")],
        [f"{STORED}test_what_became_of_it_is_written_once"],
    ),
    Mutation(
        "sponsor-immutable",
        "what was signed for a forwarder never changes",
        [Statement("DROP TRIGGER chain_request_immutable ON chain_forwardrequest")],
        [f"{STORED}test_what_was_signed_never_changes"],
    ),
)

SIGNING = (
    Mutation(
        "sponsor-one-batch",
        "nothing is signed for a minter while its last batch is not mined",
        [Edit(FORWARDING, "    _wait_for_earlier(minter)\n", ""), _COMMITS_UNSEEN],
        [f"{FLOW}test_one_batch_waits_until_the_one_before_is_mined"],
    ),
    Mutation(
        "sponsor-commit",
        "the commit looks once more whether somebody has signed for the minter since",
        [_COMMITS_UNSEEN],
        [f"{FLOW}test_of_two_lanes_that_sponsor_one_minter_the_later_commit_signs_nothing"],
    ),
    Mutation(
        "sponsor-paused",
        "a minter that was paused signs nothing",
        [
            Edit(FORWARDING, "    if wallet.status != WalletStatus.ACTIVE:\n", "    if not wallet.status:\n"),
            Edit(FORWARDING, "wallet.status == WalletStatus.ACTIVE and not signs_already", "not signs_already"),
        ],
        [f"{FLOW}test_a_minter_that_is_paused_signs_nothing", f"{FLOW}test_a_minter_that_is_paused_meanwhile_signs_nothing"],
    ),
    Mutation(
        "sponsor-nonce-once",
        "one forwarder nonce of a minter is signed for one live request",
        [Statement("DROP INDEX forward_request_nonce_lives_once")],
        [f"{STORED}test_a_nonce_lives_once"],
    ),
    Mutation(
        "sponsor-trust",
        "nothing is signed for a contract that does not trust the forwarder",
        [
            Edit(
                FORWARDING,
                "zip(sorted(contracts), trusted, strict=True) if not trust]",
                "zip(sorted(contracts), trusted) if 0]",
            )
        ],
        [f"{FLOW}test_what_the_forwarder_would_not_do_waits_and_says_why"],
    ),
    Mutation(
        "sponsor-draft",
        "no node is shown a request that could be executed before it is stored",
        [Edit(FORWARDER, "[(each, NOBODYS_SIGNATURE) for each in requests]", '[(each, b"\\5" * 65) for each in requests]')],
        [f"{CODED}test_a_draft_is_as_long_as_the_real_batch_and_has_nobodys_signature"],
    ),
    Mutation(
        "sponsor-last-gas",
        "the last call of a batch finds all the gas it was signed for",
        [Edit(FORWARDER, "return drafted + calls + last + last // 63 + _FIRST_NONCE", "return drafted + calls")],
        [f"{CODED}test_the_last_call_of_a_batch_finds_all_its_gas"],
    ),
    Mutation(
        "sponsor-lost",
        "where the forwarder has executed more than is stored, what waits is held",
        [Edit(FORWARDING, "        raise Unaccounted(minter)\n", "        pass\n")],
        [f"{AGAIN}test_requests_that_are_not_stored_here_hold_what_they_may_have_paid"],
    ),
    Mutation(
        "sponsor-maintenance",
        "after a maintenance nothing is signed before what may have been lost is dead",
        [Edit(FORWARDING, "    if ended is not None and now <= (dead :=", "    if ended is None and now <= (dead :=")],
        [f"{AGAIN}test_after_a_maintenance_nothing_is_signed_before_what_was_lost_is_dead"],
    ),
    Mutation(
        "sponsor-journal",
        "the journal has the requests of what was sent",
        [Edit("chain/journal.py", "            requests=_requests(transaction),\n", "")],
        [f"{AGAIN}test_a_request_of_a_lost_database_that_the_journal_brings_back_is_waited_for"],
    ),
)

JUDGING = (
    Mutation(
        "sponsor-own-event",
        "an order whose call failed inside a sponsor's batch is not taken for executed",
        [Edit(FORWARDING, "False: RequestOutcome.FAILED}", "False: RequestOutcome.EXECUTED}")],
        [f"{FLOW}test_of_two_requests_the_one_whose_call_fails_fails_alone"],
    ),
    Mutation(
        "sponsor-taken-cancelled",
        "a cancellation frees no order whose request somebody else had executed",
        [Edit("orders/settle.py", "    if is_batch(end.transaction.data) and ", "    if order.pk is None and ")],
        [f"{FLOW}test_a_cancelled_transaction_whose_request_a_stranger_had_executed_is_for_a_person"],
    ),
    Mutation(
        "retry-alive",
        "nothing goes again while a request signed for it may be executed, whoever says so",
        [Edit(JUDGEMENT, "_open, _alive, _foreign,", "_open, _foreign,")],
        [f"{JUDGED}test_nobody_may_answer_for_a_request_that_is_alive_whatever_else_conflicts"],
    ),
    Mutation(
        "retry-taken",
        "nothing goes again by itself whose request was used by a stranger",
        [Edit(JUDGEMENT, "_foreign, _taken, _review,", "_foreign, _review,")],
        [f"{JUDGED}test_a_signed_request_must_be_dead_or_used_by_us"],
    ),
)

MUTATIONS = (*DEAD, *SIGNING, *JUDGING)
