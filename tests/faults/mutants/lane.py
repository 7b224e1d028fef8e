"""What the lane does before, while and after it sends."""

from tests.faults.mutants.kinds import Edit, Mutation

FILE = "chain/lane.py"
TURN = "orders/turn.py"
DECISIONS = "chain/decisions.py"
LANE = "tests/chain/test_lane.py::"
TURNS = "tests/orders/test_turn.py::"
MEANWHILE = "tests/orders/test_interruptions.py::"
REPLACE = "tests/chain/test_lane_replace.py::"

HOLDING = (
    Mutation(
        "lane-lock",
        "one holder of a lane at a time: the advisory lock",
        [Edit(FILE, "if taken != (True,):", "if taken is None:")],
        [f"{LANE}test_a_second_opener_gets_nothing"],
    ),
    Mutation(
        "lane-fence-raised",
        "each holder has a higher fence than the last",
        [Edit(FILE, "= wallet.fence + 1, None", "= wallet.fence, None")],
        [f"{LANE}test_a_closed_lane_can_be_opened_again"],
    ),
    Mutation(
        "lane-fence-race",
        "the fence is raised under the row's lock, so that no two holders have the same",
        [Edit(FILE, 'row = Wallet.objects.select_for_update(no_key=True, of=("self",))', "row = Wallet.objects")],
        [f"{LANE}test_two_openers_at_once_never_have_the_same_fence"],
    ),
    Mutation(
        "lane-fence-checked",
        "a holder whose fence moved on writes nothing",
        [Edit(FILE, "filter(pk=self.wallet.pk, fence=self.fence).first()", "filter(pk=self.wallet.pk).first()")],
        [f"{LANE}test_a_holder_whose_fence_moved_on_signs_nothing", f"{LANE}test_a_holder_whose_fence_moved_on_notes_nothing"],
    ),
    Mutation(
        "lane-fence-held",
        "the fence stands still while its holder writes: the row lock of `writing`",
        [Edit(FILE, "Wallet.objects.select_for_update(no_key=True).filter(", "Wallet.objects.filter(")],
        [f"{LANE}test_no_fence_is_raised_while_its_holder_writes"],
    ),
    Mutation(
        "lane-fence-words",
        "a holder whose fence moved on says nothing on the wallet either",
        [Edit(FILE, "filter(pk=self.wallet.pk, fence=self.fence).update(", "filter(pk=self.wallet.pk).update(")],
        [f"{LANE}test_a_holder_whose_fence_moved_on_says_nothing_on_the_wallet"],
    ),
    Mutation(
        "lock-seen-before-send",
        "nothing is sent when the lock's connection has died",
        [Edit(FILE, "        self.check_held()\n        self._write", "        self._write")],
        [f"{LANE}test_a_holder_without_its_lock_sends_nothing"],
    ),
    Mutation(
        "lock-seen-before-signing",
        "nothing is signed when the lock's connection has died",
        [Edit(TURN, "    lane.check_held()\n", "")],
        [f"{MEANWHILE}test_a_lane_that_lost_its_lock_meanwhile_signs_nothing"],
    ),
)

SENDING = (
    Mutation(
        "commit-before-send",
        "bytes, nonce and orders are committed before a node sees the bytes",
        [Edit(TURN, '        crash.point("before_commit")', '        lane.send(ready)\n        crash.point("before_commit")')],
        [f"{TURNS}test_bytes_nonce_and_orders_are_committed_before_a_node_sees_anything"],
    ),
    Mutation(
        "commit-before-bump",
        "a replacement's bytes are committed before a node sees them",
        [
            Edit(
                FILE,
                "            attempt.save()\n",
                "            attempt.save()\n            self.send([Ready(transaction, attempt)])\n",
            )
        ],
        [f"{TURNS}test_a_replacement_is_committed_before_a_node_sees_it"],
    ),
    Mutation(
        "one-commit-of-signing",
        "signing and binding the orders are one commit",
        [
            Edit(
                TURN,
                "        bound = [\n",
                "    with lane.writing() as wallet:\n        bound = [\n",
            )
        ],
        [f"{MEANWHILE}test_what_is_signed_and_what_it_pays_are_stored_together_or_not_at_all"],
    ),
    Mutation(
        "same-bytes-again",
        "recovery sends what was signed, and signs nothing",
        [
            Edit(
                FILE,
                "                due.append(Ready(transaction, attempt))",
                "                call = Call(transaction.to, bytes(transaction.data), value=transaction.value)\n"
                "                with self.writing() as wallet:\n"
                "                    due += self.sign(wallet, [(call, transaction.gas_limit)], attempt.fees)",
            )
        ],
        [f"{LANE}test_bytes_that_were_signed_and_never_sent_go_out_as_they_are"],
    ),
    Mutation(
        "signed-is-recovered",
        "what was signed and never sent is sent by the next holder",
        [Edit(DECISIONS, "    if transaction.status == TransactionStatus.SIGNED:\n        return True\n", "")],
        [f"{LANE}test_the_next_holder_sends_what_the_last_one_signed"],
    ),
    Mutation(
        "silent-is-sent-again",
        "what nodes may have forgotten is sent again",
        [Edit(DECISIONS, "silent_for > REBROADCAST_AFTER", "silent_for < REBROADCAST_AFTER")],
        [f"{LANE}test_what_nodes_may_have_forgotten_is_sent_again"],
    ),
    Mutation(
        "no-gap-while-sending",
        "a nonce is not sent before a node took the one below it",
        [Edit(FILE, "            if answer not in decisions.ACCEPTED:\n                break\n", "")],
        [f"{LANE}test_after_a_lost_answer_the_next_one_is_not_sent"],
    ),
    Mutation(
        "no-gap-while-signing",
        "nothing is signed behind a transaction that a node refused",
        [Edit(TURN, "if decisions.refused(transactions) or not", "if not")],
        [f"{TURNS}test_behind_a_refused_transaction_nothing_is_signed"],
    ),
    Mutation(
        "lowest-nonce-first",
        "what is sent again goes out in the order of its nonces",
        [Edit(DECISIONS, "key=lambda transaction: transaction.nonce)", "key=lambda transaction: -transaction.nonce)")],
        [f"{LANE}test_the_lowest_nonce_goes_first"],
    ),
    Mutation(
        "nonces-are-ours",
        "the next nonce is counted here, and taken from the chain only once",
        [Edit(FILE, "            if wallet.next_nonce is None:", "            if wallet.next_nonce != snapshot.nonce:")],
        [f"{LANE}test_nonces_follow_one_another"],
    ),
    Mutation(
        "in-flight-limit",
        "no more is in flight than the wallet allows",
        [Edit(TURN, "room = decisions.room(transactions, lane.wallet.max_in_flight)", "room = 16")],
        [f"{TURNS}test_a_strict_wallet_sends_one_at_a_time"],
    ),
    Mutation(
        "strange-hash",
        "a node that answers with another hash is reported",
        [
            Edit(
                FILE,
                "if sent.hash is not None and sent.hash != item.attempt.hash:",
                "if sent.hash is None and item.attempt.hash is None:",
            )
        ],
        [f"{LANE}test_a_strange_hash_is_reported_and_not_believed"],
    ),
)

ANSWERS = (
    Mutation(
        "strange-hash-is-doubt",
        "an answer with another hash means possibly sent, and no more",
        [Edit(FILE, "answer, message = SendAnswer.UNKNOWN, f", "message = f")],
        [f"{LANE}test_a_strange_hash_is_reported_and_not_believed"],
    ),
    Mutation(
        "unknown-is-no-refusal",
        "an answer that was lost means possibly sent",
        [Edit(DECISIONS, "        SendAnswer.NONCE_HIGH,\n", "        SendAnswer.NONCE_HIGH,\n        SendAnswer.UNKNOWN,\n")],
        [
            "tests/chain/test_decisions.py::test_a_doubtful_answer_counts_as_possibly_sent",
            f"{LANE}test_a_lost_answer_counts_as_sent",
        ],
    ),
    Mutation(
        "nonce-low-is-no-refusal",
        "`nonce too low` begins an investigation and is no failure",
        [
            Edit(
                DECISIONS, "        SendAnswer.NONCE_HIGH,\n", "        SendAnswer.NONCE_HIGH,\n        SendAnswer.NONCE_LOW,\n"
            )
        ],
        ["tests/chain/test_decisions.py::test_a_doubtful_answer_counts_as_possibly_sent"],
    ),
    Mutation(
        "lost-answer-elsewhere",
        "after a lost answer another node's refusal proves nothing",
        [Edit("chain/evm/node.py", "answer if posts == 1 or answer in _CERTAIN else SendAnswer.UNKNOWN", "answer")],
        ["tests/chain/test_node_sends.py::test_after_a_lost_answer_the_next_refusal_proves_nothing"],
    ),
    Mutation(
        "chain-id-per-turn",
        "each look checks that the node serves the right chain",
        [Edit("chain/evm/node.py", "        self._check_chain(chain_id)\n", "")],
        ["tests/chain/test_node_reads.py::test_each_snapshot_checks_the_chain_id"],
    ),
    Mutation(
        "wrong-chain-quarantines",
        "a node of another chain quarantines the wallet",
        [Edit(TURN, "            lane.quarantine(wallet, str(error))\n", "            pass\n")],
        [f"{TURNS}test_on_the_wrong_chain_nothing_is_signed"],
    ),
    Mutation(
        "node-that-lags",
        "nothing is signed on the word of a node that has not seen what was mined",
        [
            Edit(
                FILE,
                "        why_not = decisions.behind(snapshot, self.wallet.next_nonce, transactions)",
                '        why_not = ""',
            )
        ],
        [f"{TURNS}test_on_a_node_that_lags_nothing_is_signed"],
    ),
    Mutation(
        "wrong-clock",
        "nothing is signed on a host whose clock is wrong",
        [Edit(FILE, "        if self.clock_error > MOST_CLOCK_ERROR:", "        if self.clock_error < 0:")],
        [f"{TURNS}test_on_a_host_with_a_wrong_clock_nothing_is_signed"],
    ),
    Mutation(
        "chain-id-before-send",
        "nothing is sent to a node whose chain is not known",
        [Edit("chain/evm/node.py", "                self._verify(endpoint)\n", "")],
        ["tests/chain/test_node_sends.py::test_nothing_is_sent_to_another_chain"],
    ),
)

STOPPING = (
    Mutation(
        "foreign-nonce",
        "a nonce that the chain used and nobody here signed quarantines the wallet",
        [Edit(FILE, "        if snapshot.nonce > wallet.next_nonce and", "        if snapshot.nonce < 0 and")],
        [f"{LANE}test_a_nonce_spent_elsewhere_quarantines_the_wallet", f"{TURNS}test_a_nonce_used_elsewhere_stops_the_wallet"],
    ),
    Mutation(
        "quarantine-stops-sending",
        "a quarantined wallet sends nothing, not even old bytes",
        [
            Edit(
                FILE,
                "if not ready or self.maintenance or self.wallet.status == WalletStatus.QUARANTINED:",
                "if not ready or self.maintenance:",
            )
        ],
        [f"{LANE}test_a_quarantined_wallet_sends_nothing"],
    ),
    Mutation(
        "quarantine-stops-signing",
        "a quarantined wallet signs no replacement",
        [
            Edit(
                FILE,
                "        if self.wallet.status == WalletStatus.QUARANTINED:\n            return\n        waiting",
                "        waiting",
            )
        ],
        [f"{REPLACE}test_a_quarantined_wallet_signs_no_replacement"],
    ),
    Mutation(
        "paused-signs-nothing",
        "a paused wallet signs nothing new",
        [
            Edit(TURN, "    while lane.wallet.status == WalletStatus.ACTIVE:", "    while True:"),
            Edit(TURN, "if wallet.status != WalletStatus.ACTIVE or maintenance.reason():", "if maintenance.reason():"),
        ],
        [f"{TURNS}test_a_paused_wallet_signs_nothing_new_and_settles_the_old"],
    ),
    Mutation(
        "paused-meanwhile",
        "the wallet's status is looked at once more in the commit",
        [Edit(TURN, "if wallet.status != WalletStatus.ACTIVE or maintenance.reason():", "if maintenance.reason():")],
        [f"{MEANWHILE}test_a_wallet_paused_meanwhile_signs_nothing"],
    ),
)

MUTATIONS = (*HOLDING, *SENDING, *ANSWERS, *STOPPING)
