"""What no single node, and no single person, may decide."""

from tests.faults.mutants.kinds import Edit, Mutation, Statement

WITNESSES = "chain/witnesses.py"
EVIDENCE = "chain/evidence.py"
STEERING = "chain/steering.py"
TURN = "orders/turn.py"
STRANGERS = "tests/chain/test_strangers.py::"
RELEASE = "tests/chain/test_release.py::"
DOUBT = "tests/orders/test_doubt.py::"

NODES = (
    Mutation(
        "two-witnesses",
        "a stranger's transaction is concluded from two nodes, not from one",
        [Edit(WITNESSES, "ENOUGH = 2 ", "ENOUGH = 1 ")],
        ["tests/chain/test_lane_observe.py::test_a_nonce_taken_by_an_unknown_transaction_waits"],
    ),
    Mutation(
        "all-nodes-agree",
        "one node that sees no stranger keeps the question open",
        [
            Edit(
                WITNESSES,
                "fate_of(transaction, said).course == Course.FOREIGN",
                "fate_of(transaction, said[:1]).course == Course.FOREIGN",
            )
        ],
        [f"{STRANGERS}test_a_second_node_that_lags_keeps_the_question_open"],
    ),
    Mutation(
        "every-node-is-asked-for-ours",
        "a receipt of ours that only one node has is enough",
        [Edit(WITNESSES, "transaction.wallet.address, hashes) for each", "transaction.wallet.address, []) for each")],
        [f"{STRANGERS}test_a_receipt_that_only_the_second_node_has_keeps_it_ours"],
    ),
    Mutation(
        "stranger-at-finality",
        "a stranger in a block that may still leave proves nothing",
        [
            Edit("chain/evm/node.py", "answers.head).number - confirmations + 1", "answers.head).number"),
            Edit(WITNESSES, "max(-1, snapshot.head_number - network.confirmations + 1)", "snapshot.head_number"),
        ],
        [f"{STRANGERS}test_a_stranger_in_a_young_block_proves_nothing"],
    ),
    Mutation(
        "stranger-quarantines",
        "a nonce that a stranger took quarantines the wallet",
        [
            Edit(
                EVIDENCE,
                "            self.lane.quarantine(wallet, witnesses.verdict(transaction, saw_it))",
                "            pass",
            )
        ],
        [f"{STRANGERS}test_two_nodes_that_agree_end_the_transaction_as_foreign"],
    ),
    Mutation(
        "later-nonce-by-all",
        "a nonce after ours is believed when every node has it",
        [Edit("chain/lane.py", "if not all(node.nonce(", "if not any(node.nonce(")],
        [f"{STRANGERS}test_a_nonce_after_ours_is_believed_when_both_nodes_have_it"],
    ),
    Mutation(
        "ground-is-checked",
        "each lane looks whether what is final is still on the chain",
        [Edit(TURN, "    check_ground(lane)\n", "")],
        ["tests/orders/test_turn.py::test_a_chain_rewritten_below_finality_stops_the_wallet"],
    ),
    Mutation(
        "ground-by-all",
        "a final block has left the chain when every node says so",
        [Edit(WITNESSES, "    return all(has_moved(", "    return any(has_moved(")],
        [f"{STRANGERS}test_nodes_that_disagree_on_a_final_block_stop_the_lane_for_now"],
    ),
    Mutation(
        "ground-not-by-silence",
        "a node that has not got a final block says nothing against it",
        [Edit(WITNESSES, "not in (None, transaction.block_hash)", "!= transaction.block_hash")],
        [f"{STRANGERS}test_a_node_without_the_block_says_nothing_against_it"],
    ),
)

PEOPLE = (
    Mutation(
        "released-by-two",
        "who asked for a release does not agree to it",
        [Edit(STEERING, "asked.exclude(release_asked_by=by).exclude", "asked.exclude")],
        [f"{RELEASE}test_one_person_cannot_be_both"],
    ),
    Mutation(
        "released-by-two-check",
        "the same, by the database",
        [Statement("ALTER TABLE chain_wallet DROP CONSTRAINT wallet_released_by_two")],
        [f"{RELEASE}test_the_database_wants_two_people_as_well"],
    ),
    Mutation(
        "released-after-asking",
        "nobody agrees before somebody has asked",
        [
            Edit(STEERING, '.exclude(release_asked_by="").first()', ".first()"),
            Edit(STEERING, ", release_asked_by=asked_by, release_nonce=nonce)", ")"),
        ],
        [f"{RELEASE}test_nobody_agrees_before_somebody_asked"],
    ),
    Mutation(
        "released-at-a-nonce",
        "both people have seen the same nonce",
        [Edit(STEERING, "release_asked_by=asked_by, release_nonce=nonce)", "release_asked_by=asked_by)")],
        [f"{RELEASE}test_it_waits_until_what_was_spent_elsewhere_is_final"],
    ),
    Mutation(
        "released-when-final",
        "a wallet is not released while what was spent elsewhere may still leave the chain",
        [Edit(STEERING, "    if len(nonces) > 1:\n", "    if False:\n")],
        [
            f"{RELEASE}test_it_waits_until_what_was_spent_elsewhere_is_final",
            f"{RELEASE}test_one_node_that_does_not_know_keeps_it_waiting",
        ],
    ),
    Mutation(
        "released-as-it-is-now",
        "who agrees to a release agrees to the chain as it is then",
        [Edit(STEERING, "    if _settled_nonce(wallet) != nonce:\n        return False\n", "")],
        [f"{RELEASE}test_it_waits_until_what_was_spent_elsewhere_is_final"],
    ),
    Mutation(
        "released-wallets-lane",
        "a release ends the lane that is at work",
        [Edit(STEERING, 'fence=F("fence") + 1, ', "")],
        [f"{RELEASE}test_the_lane_at_work_has_to_begin_anew"],
    ),
    Mutation(
        "strangers-rows",
        "a nonce that was spent elsewhere gets a row",
        [Edit(STEERING, "for each in spent)", "for each in spent[:0])")],
        [f"{RELEASE}test_nonces_spent_elsewhere_get_a_row_each"],
    ),
    Mutation(
        "doubt-is-kept",
        "a release leaves a doubt about all that waited meanwhile",
        [Edit(STEERING, 'doubt_before=Now() if spent or _may_be_paid_elsewhere(current) else F("doubt_before"),', "")],
        [f"{RELEASE}test_orders_that_waited_meanwhile_are_in_doubt"],
    ),
    Mutation(
        "doubtful-are-held",
        "what a stranger's transaction may have paid is held for a person",
        [Edit(TURN, "        hold_doubtful(lane)\n", "        pass\n")],
        [f"{DOUBT}test_they_are_held_for_a_person", f"{DOUBT}test_a_stranger_on_a_nonce_of_ours_raises_the_same_doubt"],
    ),
    Mutation(
        "resume-paused-only",
        "a quarantined wallet is not resumed like a paused one",
        [
            Edit(
                STEERING,
                "    rows = Wallet.objects.filter(pk=wallet.pk, status=frm)",
                "    rows = Wallet.objects.filter(pk=wallet.pk)",
            )
        ],
        ["tests/chain/test_steering.py::test_only_a_paused_wallet_is_resumed"],
    ),
)

MUTATIONS = (*NODES, *PEOPLE)
