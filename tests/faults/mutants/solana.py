"""How a Solana lane signs, sends, and knows the end of what it has sent."""

from tests.faults.mutants.kinds import Edit, Mutation

LANE = "chain/solana/lane.py"
OBSERVING = "chain/solana/observing.py"
TURN = "orders/solana/turn.py"
PLAN = "orders/solana/plan.py"
SETTLE = "orders/solana/settle.py"
AHEAD = "tests/orders/solana/test_written_ahead.py::"
SIGNS = "tests/orders/solana/test_signing.py::"
SETTLES = "tests/orders/solana/test_settling.py::"
TURNS = "tests/orders/solana/test_turn.py::"
BAD_DAYS = "tests/orders/solana/test_faults.py::"

WRITING_AHEAD = (
    Mutation(
        "solana-commit-before-send",
        "bytes, last valid height and items are committed before a node sees the bytes",
        [Edit(TURN, '        crash.point("before_commit")', '        lane.send(ready)\n        crash.point("before_commit")')],
        [f"{AHEAD}test_bytes_height_and_items_are_committed_before_a_node_sees_anything"],
    ),
    Mutation(
        "solana-journal-before-send",
        "bytes stand in this host's journal before a node sees them",
        [Edit(LANE, "        self.write_journal([item for item in ready if item.attempt.first_sent_at is None])\n", "")],
        [f"{AHEAD}test_bytes_stand_in_the_journal_before_a_node_sees_them"],
    ),
    Mutation(
        "solana-one-commit-of-signing",
        "signing and binding the items are one commit",
        [Edit(TURN, "        bound = [\n", "    with lane.writing() as wallet:\n        bound = [\n")],
        [f"{AHEAD}test_what_is_signed_and_what_it_mints_are_stored_together_or_not_at_all"],
    ),
    Mutation(
        "solana-one-commit-of-groundwork",
        "groundwork and the bytes that do it are one commit",
        [
            Edit(
                TURN,
                "        for item, bundle in zip(ready, bundles, strict=True):\n            _bind_work",
                "    with lane.writing() as wallet:\n"
                "        for item, bundle in zip(ready, bundles, strict=True):\n            _bind_work",
            )
        ],
        [f"{AHEAD}test_groundwork_and_its_bytes_are_stored_together_or_not_at_all"],
    ),
    Mutation(
        "solana-no-node-in-a-transaction",
        "no database transaction stays open while a node is asked",
        [
            Edit(
                LANE,
                "        with self.writing() as wallet:\n            if wallet.next_nonce is None:",
                "        with self.writing() as wallet:\n"
                "            self.cluster.snapshot(self.wallet.address)\n"
                "            if wallet.next_nonce is None:",
            )
        ],
        [f"{AHEAD}test_no_node_is_asked_inside_a_database_transaction"],
    ),
    Mutation(
        "solana-lock-seen-before-send",
        "nothing is sent when the lock's connection has died",
        [Edit(LANE, "        self.check_held()\n        self.write_journal", "        self.write_journal")],
        [f"{AHEAD}test_a_holder_without_its_lock_sends_nothing"],
    ),
    Mutation(
        "solana-lock-seen-before-signing",
        "nothing is signed when the lock's connection has died",
        [Edit(TURN, "    lane.check_held()\n", "")],
        [f"{SIGNS}test_a_lane_that_lost_its_lock_meanwhile_signs_nothing"],
    ),
    Mutation(
        "solana-quarantined-is-silent",
        "from a quarantined wallet nothing is sent, what was signed before included",
        [Edit(LANE, " or self.wallet.status == WalletStatus.QUARANTINED", "")],
        [f"{AHEAD}test_nothing_is_sent_again_from_a_quarantined_wallet"],
    ),
)

SENDING_AGAIN = (
    Mutation(
        "solana-signed-is-recovered",
        "what was signed and never sent is sent by the next holder",
        [Edit(LANE, "return silent is None or silent >", "return silent is not None and silent >")],
        [f"{AHEAD}test_what_was_signed_and_never_sent_goes_out_as_it_is"],
    ),
    Mutation(
        "solana-silent-is-sent-again",
        "what nodes may have dropped is sent again",
        [Edit(LANE, "return silent is None or silent > SENT_AGAIN_AFTER", "return silent is None")],
        [f"{BAD_DAYS}test_what_was_dropped_is_sent_again_as_it_is"],
    ),
    Mutation(
        "solana-same-bytes-again",
        "what is sent again is what was signed, byte for byte: bound to a newer block it would be another transaction",
        [
            Edit(
                LANE,
                "self.send([Ready(t, a) for t in transactions for a in t.attempts.all() if self._is_due(t, a, snapshot)])",
                "due = [Ready(t, a) for t in transactions for a in t.attempts.all() if self._is_due(t, a, snapshot)]\n"
                "        self.send(self._bound_anew(due, snapshot))",
            ),
            Edit(
                LANE,
                "    def may_sign(",
                "    def _bound_anew(self, due, snapshot):\n"
                "        from solders.transaction import VersionedTransaction\n"
                "        from solders.message import MessageV0, to_bytes_versioned\n"
                "        from solders.signature import Signature\n"
                "        from solders.hash import Hash\n"
                "        for item in due:\n"
                "            old = VersionedTransaction.from_bytes(bytes(item.attempt.raw)).message\n"
                "            bound = Hash.from_string(snapshot.blockhash.hash)\n"
                "            new = MessageV0(old.header, old.account_keys, bound, old.instructions, [])\n"
                "            signature = signing.solana_signer_for(self.wallet).sign(to_bytes_versioned(new))\n"
                "            item.attempt.raw = bytes(VersionedTransaction.populate(new, [Signature.from_bytes(signature)]))\n"
                "        return due\n\n"
                "    def may_sign(",
            ),
        ],
        [f"{BAD_DAYS}test_what_was_dropped_is_sent_again_as_it_is"],
    ),
    Mutation(
        "solana-fork-back-to-sent",
        "what has left the chain with its fork is on its way again",
        [
            Edit(
                OBSERVING,
                "        if status is None:\n            _note_gone(lane, transaction)\n",
                "        if status is None:\n",
            )
        ],
        [f"{BAD_DAYS}test_a_fork_that_is_dropped_takes_it_back_and_it_lands_again"],
    ),
)

EXPIRY = (
    Mutation(
        "solana-expiry-by-all-nodes",
        "that a transaction has expired is believed only if every node says so",
        [
            Edit(
                OBSERVING,
                "words = lane.cluster.everywhere(lambda node: ask(node, hashes, accounts, noted))",
                "words = [lane.cluster.ask(lambda node: ask(node, hashes, accounts, noted))]",
            )
        ],
        [
            f"{BAD_DAYS}test_while_one_node_lags_nothing_has_expired",
            f"{BAD_DAYS}test_while_one_node_is_silent_nothing_has_expired",
        ],
    ),
    Mutation(
        "solana-expiry-at-each-nodes-height",
        "a node's word counts only once its own finalized height is above the last valid one",
        [Edit(OBSERVING, "if any(word.height <= (attempt", "if word.height < 0 and any(word.height <= (attempt")],
        [f"{BAD_DAYS}test_while_one_node_lags_nothing_has_expired"],
    ),
    Mutation(
        "solana-expiry-above-the-last-valid-height",
        "below its last valid height a transaction is never given up",
        [
            Edit(LANE, "snapshot.final_height > attempt", "snapshot.final_height + 20 > attempt"),
            Edit(OBSERVING, "any(word.height <= (attempt", "any(word.height + 20 <= (attempt"),
        ],
        [f"{BAD_DAYS}test_a_late_landing_is_not_minted_again"],
    ),
    Mutation(
        "solana-tree-at-expiry",
        "what no node knows of, and the tree has all the same, has not expired",
        [Edit(OBSERVING, "if found != noted.get(account, 0):", "if found < noted.get(account, 0):")],
        [f"{BAD_DAYS}test_a_node_that_denies_what_landed_is_not_believed"],
    ),
    Mutation(
        "solana-nothing-beside-what-is-over",
        "nothing is signed while it is not certain that an older transaction has expired",
        [
            Edit(
                LANE,
                "        if any(is_over(attempt, snapshot) for",
                "        if not any(True or is_over(attempt, snapshot) for",
            )
        ],
        [f"{SIGNS}test_beside_what_may_have_expired_nothing_is_signed"],
    ),
)

SIGNING = (
    Mutation(
        "solana-tree-before-signing",
        "before anything is signed the tree has no leaf that cannot be of our making",
        [Edit(PLAN, "    elif found > tree.leaves + on_its_way:\n", "    elif found < 0:\n")],
        [f"{BAD_DAYS}test_a_leaf_of_a_stranger_stops_the_wallet"],
    ),
    Mutation(
        "solana-groundwork-first",
        "no item is signed before the tree stands at finality",
        [
            Edit(
                PLAN,
                "    undone = [work for work in works if work.done_at is None]",
                "    undone = [work for work in works if not work.address]",
            ),
        ],
        [f"{TURNS}test_nothing_is_minted_before_the_tree_stands"],
    ),
    Mutation(
        "solana-stopped-in-the-commit",
        "nobody has paused, stopped or begun maintenance since it was planned: seen in the commit",
        [Edit(TURN, "bundles = _still_wanted(plan) if may_go(wallet, plan.group) else []", "bundles = _still_wanted(plan)")],
        [
            f"{SIGNS}test_a_wallet_paused_meanwhile_signs_nothing",
            f"{SIGNS}test_of_a_collection_stopped_meanwhile_nothing_is_signed",
            f"{SIGNS}test_once_maintenance_has_begun_nothing_is_signed",
        ],
    ),
    Mutation(
        "solana-still-pending-in-the-commit",
        "an item that was cancelled since it was planned is not minted",
        [
            Edit(
                TURN,
                "    return [bundle for bundle in plan.bundles if all(detail.pk in kept for detail in bundle.details)]",
                "    return plan.bundles if kept else []",
            )
        ],
        [f"{SIGNS}test_an_item_cancelled_meanwhile_is_not_signed"],
    ),
    Mutation(
        "solana-in-flight-limit",
        "no more is in flight than the wallet allows",
        [
            Edit(TURN, "        room = decisions.room(transactions, lane.wallet.max_in_flight)", "        room = 16"),
            Edit(
                TURN,
                "make_plan(lane, queue, details, decisions.room(transactions, lane.wallet.max_in_flight))",
                "make_plan(lane, queue, details, 16)",
            ),
        ],
        [f"{SIGNS}test_a_strict_wallet_sends_one_at_a_time"],
    ),
    Mutation(
        "solana-ceiling",
        "nothing is signed while priority costs more than the ceiling",
        [Edit("chain/solana/fees.py", "    if ceiling is not None and price > ceiling:", "    if ceiling is None:")],
        [f"{BAD_DAYS}test_priority_above_the_ceiling_waits"],
    ),
    Mutation(
        "solana-affordable",
        "what is next must be affordable beside what is on its way",
        [Edit(TURN, "    if plan.cost > snapshot.balance - _reserved(transactions):", "    if plan.cost > snapshot.balance:")],
        [f"{SIGNS}test_what_is_next_must_be_affordable"],
    ),
    Mutation(
        "solana-cluster-by-genesis",
        "nothing is signed for a cluster that is another than the network's",
        [Edit("chain/solana/cluster.py", "        if served != self.genesis_hash:", "        if not served:")],
        [f"{SIGNS}test_nothing_is_signed_for_another_cluster"],
    ),
    Mutation(
        "solana-row-at-fault",
        "a bad item is taken out by its own position, and the others go on",
        [Edit(PLAN, "group.pop(at)", "group.pop(0)")],
        [f"{TURNS}test_a_bad_row_is_taken_out_and_the_others_go_on"],
    ),
)

OPENING = (
    Mutation(
        "solana-keys-of-the-kernel",
        "the key of a new account is no other process's: the library's generator is copied by a fork",
        [Edit("chain/solana/keys.py", "    return Keypair.from_seed(secrets.token_bytes(32))", "    return Keypair()")],
        ["tests/solana/test_keys.py::test_forked_processes_make_keys_of_their_own"],
    ),
)

SETTLING = (
    Mutation(
        "solana-at-finality",
        "an item has come to its end when its block is final, not when it is confirmed",
        [
            Edit(
                OBSERVING,
                'status.get("confirmationStatus") == Commitment.FINALIZED',
                'status.get("confirmationStatus") != Commitment.PROCESSED',
            ),
            Edit(
                OBSERVING,
                "node.transaction(attempt.hash, Commitment.FINALIZED)",
                "node.transaction(attempt.hash, Commitment.CONFIRMED)",
            ),
        ],
        [f"{TURNS}test_what_is_confirmed_is_noted_and_what_is_final_settles"],
    ),
    Mutation(
        "solana-leaf-by-its-hash",
        "an item is settled by the leaf whose hash is its own, not by one at its place",
        [Edit(SETTLE, " if minting.is_leaf(wanted, tree, collection, leaf)", "")],
        [f"{SETTLES}test_an_item_whose_leaf_is_another_waits_for_a_person"],
    ),
    Mutation(
        "solana-leaves-are-counted",
        "the leaves of a tree are counted as their transactions settle",
        [Edit(SETTLE, '    Groundwork.objects.filter(address=tree).update(leaves=F("leaves") + len(leaves))\n', "")],
        [f"{TURNS}test_a_collection_is_minted_by_each_instruction"],
    ),
    Mutation(
        "solana-leaves-in-the-same-commit",
        "they are counted in the commit that settles them: else they are counted twice, or not at all",
        [
            Edit(SETTLE, '    Groundwork.objects.filter(address=tree).update(leaves=F("leaves") + len(leaves))\n', ""),
            Edit(
                SETTLE,
                "    close(lane, landed, _read)\n",
                "    for end in landed:\n"
                "        some = end.landing.leaves if end.landing else ()\n"
                '        Groundwork.objects.filter(address=end.transaction.to).update(leaves=F("leaves") + len(some))\n'
                "    close(lane, landed, _read)\n",
            ),
        ],
        [f"{SETTLES}test_a_settling_that_breaks_off_has_counted_no_leaf"],
    ),
)

MUTATIONS = (*WRITING_AHEAD, *SENDING_AGAIN, *EXPIRY, *OPENING, *SIGNING, *SETTLING)
