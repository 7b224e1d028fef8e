"""How a lane is held, and how it sends."""

from tests.faults.mutants.kinds import Edit, Mutation

FILE = "chain/lane.py"
SEAT = "chain/seat.py"
TURN = "orders/turn.py"
DECISIONS = "chain/decisions.py"
LANE = "tests/chain/test_lane.py::"
TURNS = "tests/orders/test_turn.py::"
MEANWHILE = "tests/orders/test_interruptions.py::"

HOLDING = (
    Mutation(
        "lane-lock",
        "one holder of a lane at a time: the advisory lock",
        [Edit(SEAT, ".fetchone() == (True,):", ".fetchone():")],
        [f"{LANE}test_a_second_opener_gets_nothing"],
    ),
    Mutation(
        "lane-fence-raised",
        "each holder has a higher fence than the last",
        [Edit(SEAT, "= wallet.fence + 1, None", "= wallet.fence, None")],
        [f"{LANE}test_a_closed_lane_can_be_opened_again"],
    ),
    Mutation(
        "lane-fence-race",
        "the fence is raised under the row's lock, so that no two holders have the same",
        [Edit(SEAT, 'row = Wallet.objects.select_for_update(no_key=True, of=("self",))', "row = Wallet.objects")],
        [f"{LANE}test_two_openers_at_once_never_have_the_same_fence"],
    ),
    Mutation(
        "lane-fence-checked",
        "a holder whose fence moved on writes nothing",
        [Edit(SEAT, "filter(pk=self.wallet.pk, fence=self.fence).first()", "filter(pk=self.wallet.pk).first()")],
        [f"{LANE}test_a_holder_whose_fence_moved_on_signs_nothing", f"{LANE}test_a_holder_whose_fence_moved_on_notes_nothing"],
    ),
    Mutation(
        "lane-fence-held",
        "the fence stands still while its holder writes: the row lock of `writing`",
        [Edit(SEAT, "Wallet.objects.select_for_update(no_key=True).filter(", "Wallet.objects.filter(")],
        [f"{LANE}test_no_fence_is_raised_while_its_holder_writes"],
    ),
    Mutation(
        "lane-fence-words",
        "a holder whose fence moved on says nothing on the wallet either",
        [Edit(SEAT, "filter(pk=self.wallet.pk, fence=self.fence).update(", "filter(pk=self.wallet.pk).update(")],
        [f"{LANE}test_a_holder_whose_fence_moved_on_says_nothing_on_the_wallet"],
    ),
    Mutation(
        "lock-seen-before-send",
        "nothing is sent when the lock's connection has died",
        [Edit(FILE, "        self.check_held()\n        self.write_journal", "        self.write_journal")],
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
        "no-node-in-a-transaction",
        "no database transaction stays open while a node is asked",
        [
            Edit(
                FILE,
                "        with self.writing() as wallet:\n            if wallet.next_nonce is None:",
                "        with self.writing() as wallet:\n"
                "            self.node.nonce(self.wallet.address)\n"
                "            if wallet.next_nonce is None:",
            )
        ],
        [f"{TURNS}test_no_node_is_asked_inside_a_database_transaction"],
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
        "the next nonce is counted here and never set back",
        [Edit(FILE, "            if wallet.next_nonce is None:", "            if wallet.next_nonce != snapshot.nonce:")],
        [f"{LANE}test_nonces_follow_one_another"],
    ),
    Mutation(
        "begins-at-zero",
        "a wallet begins at nonce 0, for a database may have forgotten its past",
        [Edit(FILE, "wallet.first_nonce = wallet.next_nonce = 0 ", "wallet.first_nonce = wallet.next_nonce = snapshot.nonce ")],
        [f"{LANE}test_a_wallet_begins_at_nonce_0_whatever_its_address_has_done"],
    ),
    Mutation(
        "adopted-once",
        "a wallet that has begun is not set to the chain's nonce again",
        [Edit("chain/steering.py", "filter(pk=wallet.pk, next_nonce=None)", "filter(pk=wallet.pk)")],
        ["tests/chain/test_steering.py::test_an_address_with_a_past_is_adopted_once"],
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

MUTATIONS = (*HOLDING, *SENDING)
