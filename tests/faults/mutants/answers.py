"""What nodes answer and what is concluded from it, and when a wallet stops."""

from tests.faults.mutants.kinds import Edit, Mutation

FILE = "chain/lane.py"
TURN = "orders/turn.py"
DECISIONS = "chain/decisions.py"
LANE = "tests/chain/test_lane.py::"
TURNS = "tests/orders/test_turn.py::"
MEANWHILE = "tests/orders/test_interruptions.py::"
REPLACE = "tests/chain/test_lane_replace.py::"

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
        [Edit("chain/seat.py", "        if self.clock_error > MOST_CLOCK_ERROR:", "        if self.clock_error < 0:")],
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
            Edit(TURN, "    active = wallet.status == WalletStatus.ACTIVE\n", "    active = True\n"),
        ],
        [f"{TURNS}test_a_paused_wallet_signs_nothing_new_and_settles_the_old"],
    ),
    Mutation(
        "paused-meanwhile",
        "the wallet's status is looked at once more in the commit",
        [Edit(TURN, "    active = wallet.status == WalletStatus.ACTIVE\n", "    active = True\n")],
        [f"{MEANWHILE}test_a_wallet_paused_meanwhile_signs_nothing"],
    ),
    Mutation(
        "stopped-meanwhile",
        "whether the group is stopped is looked at once more in the commit",
        [Edit(TURN, " and not Stop.objects.filter(group=group).exists()", "")],
        [f"{MEANWHILE}test_of_a_group_stopped_meanwhile_nothing_is_signed"],
    ),
    Mutation(
        "network-read-each-turn",
        "a ceiling that staff lower holds from the next turn of a lane that is open",
        [Edit(FILE, "        self.network = Network.objects.get(pk=self.network.pk)\n", "")],
        ["tests/chain/test_lane.py::test_a_ceiling_that_staff_lower_holds_from_the_next_look"],
    ),
)

MUTATIONS = (*ANSWERS, *STOPPING)
